-- +goose Up

-- Facts that a process reports about itself: its version, its disk, its replicas. JSON.
ALTER TABLE node ADD COLUMN facts TEXT NOT NULL DEFAULT '{}';
