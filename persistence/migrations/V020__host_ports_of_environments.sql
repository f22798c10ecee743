-- A host port belongs to one environment at a time. Which of its services has it is decided by its actor: an application may pass
-- it from one to another, and then releases of both refer to it until the one is over.
ALTER TABLE host_port_leases DROP COLUMN service CASCADE;  -- with the key that holders refer to
ALTER TABLE host_port_leases ADD UNIQUE (port, protocol, environment_id);
ALTER TABLE host_port_holders DROP COLUMN service;
ALTER TABLE host_port_holders ADD FOREIGN KEY (port, protocol, environment_id) REFERENCES host_port_leases (port, protocol, environment_id);
