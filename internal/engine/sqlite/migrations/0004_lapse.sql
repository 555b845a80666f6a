-- When the item next changes by itself (the end of a campaign, the expiry of a
-- lot), ms since 1970, slot time; 0: never. It is in the row's checksum only
-- when it is not 0, so that rows from before keep theirs.
ALTER TABLE item ADD COLUMN lapses_at INTEGER NOT NULL DEFAULT 0;

CREATE INDEX item_lapses ON item (lapses_at) WHERE lapses_at > 0;
