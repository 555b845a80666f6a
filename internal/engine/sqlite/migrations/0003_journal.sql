-- Records that touched one item and were read together are one row: seq is the
-- first, more the distance of each of the others from the one before, as
-- uvarints; NULL when there are none. Rows that lie beyond the cursor were left by
-- a process that was killed.
ALTER TABLE journal ADD COLUMN more BLOB;

DELETE FROM journal WHERE seq > (SELECT seq FROM progress WHERE name = 'journal');
