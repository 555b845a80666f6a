-- When the item next changes by itself (the end of a campaign, the expiry of a
-- lot), ms since 1970, slot time; 0: never. A column with a default that comes
-- last is added without writing the rows anew, and the updates of most items
-- leave it and its index alone. MySQL has no ADD COLUMN IF NOT EXISTS.
SET @add = IF(EXISTS (SELECT 1 FROM information_schema.columns WHERE table_schema = DATABASE()
	AND table_name = '{{prefix}}item' AND column_name = 'lapses_at'), 'DO 0',
	'ALTER TABLE {{prefix}}item ADD COLUMN lapses_at BIGINT NOT NULL DEFAULT 0, ADD KEY item_lapses (lapses_at)');

PREPARE addition FROM @add;

EXECUTE addition;

DEALLOCATE PREPARE addition;
