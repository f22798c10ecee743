-- What is over is forgotten by and by (KEPT_HISTORY_TIME): to find it, and to see that nothing refers to it any more. By columns that
-- do not change, so that saving a transition costs no more than before.
CREATE INDEX deployments_over ON deployments (created_at, id) WHERE status IN ('FAILED', 'CANCELLED', 'SUPERSEDED', 'REMOVED');
CREATE INDEX deployments_former ON deployments (former) WHERE former IS NOT NULL;
CREATE INDEX deployments_rolled_back_to ON deployments (rolled_back_to) WHERE rolled_back_to IS NOT NULL;
CREATE INDEX deployments_rollback_of ON deployments (rollback_of) WHERE rollback_of IS NOT NULL;
CREATE INDEX environments_deleted ON environments (created_at, id) WHERE status = 'DELETED';
