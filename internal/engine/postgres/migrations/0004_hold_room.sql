-- Holds of a page often end together, and the ended form of a hold is somewhat
-- longer than the open one: in a page that is half full all of them find room,
-- and none needs new entries in the index. With 60 % a third did, which took
-- more space in the end than the room does (holdfast bench, a million due
-- holds: 180 instead of 264 bytes of WAL for a hold that ends). Pages that are
-- there keep what they have.
ALTER TABLE SLOT.hold SET (fillfactor = 50);
