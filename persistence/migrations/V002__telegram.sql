-- People who talk with the bot: one row each; their private chat has their own id.
CREATE TABLE telegram_accounts (
  telegram_id  bigint PRIMARY KEY,
  user_id      text NOT NULL UNIQUE REFERENCES users,
  notify       boolean NOT NULL DEFAULT false,
  notify_since timestamptz NOT NULL DEFAULT now(),
  blocked      boolean NOT NULL DEFAULT false,  -- the bot, by this person
  created_at   timestamptz NOT NULL DEFAULT now()
);

-- What Telegram sent: kept before it is confirmed, so that it is handled once and not lost. body is '' once it was handled.
CREATE TABLE telegram_updates (
  update_id   bigint PRIMARY KEY,
  chat_id     bigint NOT NULL,
  body        text NOT NULL,
  received_at timestamptz NOT NULL DEFAULT now(),
  handled_at  timestamptz
);
CREATE INDEX telegram_updates_waiting ON telegram_updates (update_id) WHERE handled_at IS NULL;
CREATE INDEX telegram_updates_handled ON telegram_updates (handled_at) WHERE handled_at IS NOT NULL;

-- What owners are told of their deployments, once each.
CREATE TABLE telegram_notices (
  deployment_id text NOT NULL REFERENCES deployments,
  kind          text NOT NULL CHECK (kind IN ('RUNNING', 'FAILED', 'DEGRADED')),
  telegram_id   bigint NOT NULL REFERENCES telegram_accounts,
  made_at       timestamptz NOT NULL DEFAULT now(),
  told_at       timestamptz,
  PRIMARY KEY (deployment_id, kind)
);
CREATE INDEX telegram_notices_untold ON telegram_notices (made_at) WHERE told_at IS NULL;
CREATE INDEX telegram_notices_ill ON telegram_notices (made_at) WHERE kind = 'DEGRADED';
CREATE INDEX deployments_of_owner ON deployments (owner_id);
