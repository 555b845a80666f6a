-- Records that touched one item and were read together are one row: seq is the
-- first, more the distance of each of the others from the one before, as
-- uvarints; empty when there are none. MySQL has no ADD COLUMN IF NOT EXISTS.
SET @add = IF(EXISTS (SELECT 1 FROM information_schema.columns WHERE table_schema = DATABASE()
	AND table_name = '{{prefix}}journal' AND column_name = 'more'), 'DO 0',
	'ALTER TABLE {{prefix}}journal ADD COLUMN more VARBINARY(4000) NOT NULL DEFAULT \'\'');

PREPARE addition FROM @add;

EXECUTE addition;

DEALLOCATE PREPARE addition;

-- Rows that lie beyond the cursor were left by a process that was killed.
DELETE FROM {{prefix}}journal WHERE seq > (SELECT seq FROM {{prefix}}progress WHERE name = 'journal');
