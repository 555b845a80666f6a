-- The hash of the newest record, which writers compare with the one they go
-- behind: after a failover that lost records the number alone may fit again.
ALTER TABLE SLOT.head ADD COLUMN hash bytea NOT NULL DEFAULT '';

UPDATE SLOT.head SET hash = l.hash FROM SLOT.log l WHERE l.seq = head.seq;
