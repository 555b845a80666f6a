-- +goose Up

-- How many slots the node has open: a bucket may go to a slot that all know.
ALTER TABLE node ADD COLUMN slots INTEGER NOT NULL DEFAULT 0;
