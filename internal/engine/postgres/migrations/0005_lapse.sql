-- When the item next changes by itself (the end of a campaign, the expiry of a
-- lot), ms since 1970, slot time; 0: never. The default is kept in the catalog:
-- no row is written. An update that leaves it as it is touches no index.
ALTER TABLE SLOT.item ADD COLUMN lapses_at bigint NOT NULL DEFAULT 0;

CREATE INDEX item_lapses ON SLOT.item (lapses_at) WHERE lapses_at > 0;
