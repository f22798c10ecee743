-- Who may come to the bot: each invitation lets so many people in.
CREATE TABLE telegram_invites (
  id         text PRIMARY KEY,
  token_hash text NOT NULL UNIQUE,
  uses       integer NOT NULL CHECK (uses > 0),
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  revoked_at timestamptz
);
-- Who came by it, and is in from then on. Also of people who have no account yet: it is made in the same transaction.
CREATE TABLE telegram_invite_uses (
  invite_id   text NOT NULL REFERENCES telegram_invites,
  telegram_id bigint NOT NULL,
  used_at     timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (invite_id, telegram_id)
);
CREATE INDEX telegram_invite_uses_of_person ON telegram_invite_uses (telegram_id);
