-- +goose Up

-- How many slots the node has open: a bucket may go to a slot that all know.
ALTER TABLE holdfast.node ADD COLUMN slots integer NOT NULL DEFAULT 0;
