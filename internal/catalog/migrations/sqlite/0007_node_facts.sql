-- +goose Up

-- What a process that serves says of itself besides: its version, its disk, its replicas. JSON.
ALTER TABLE node ADD COLUMN facts TEXT NOT NULL DEFAULT '{}';
