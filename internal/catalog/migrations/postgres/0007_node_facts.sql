-- +goose Up

-- Facts that a process reports about itself: its version, its disk, its replicas. JSON.
ALTER TABLE holdfast.node ADD COLUMN facts text NOT NULL DEFAULT '{}';
