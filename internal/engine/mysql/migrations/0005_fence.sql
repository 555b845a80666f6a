-- Raised by a process that wants to know what became of a commit of its own in a
-- Galera cluster: a group is only stored under the fence that its session knows.
-- On other servers it stays as it is. MySQL has no ADD COLUMN IF NOT EXISTS.
SET @add = IF(EXISTS (SELECT 1 FROM information_schema.columns WHERE table_schema = DATABASE()
	AND table_name = '{{prefix}}head' AND column_name = 'fence'), 'DO 0',
	'ALTER TABLE {{prefix}}head ADD COLUMN fence BIGINT NOT NULL DEFAULT 0');

PREPARE addition FROM @add;

EXECUTE addition;

DEALLOCATE PREPARE addition;
