-- Records that touched one item and were read together are one row: seq is the
-- first, more the distance of each of the others from the one before, as
-- uvarints; empty when there are none. Rows that lie beyond the cursor were left
-- by a process that was killed.
ALTER TABLE SLOT.journal ADD COLUMN more bytea NOT NULL DEFAULT '';

DELETE FROM SLOT.journal WHERE seq > (SELECT seq FROM SLOT.progress WHERE name = 'journal');
