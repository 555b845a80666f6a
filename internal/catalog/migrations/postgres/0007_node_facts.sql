-- +goose Up

-- What a process that serves says of itself besides: its version, its disk, its replicas. JSON.
ALTER TABLE holdfast.node ADD COLUMN facts text NOT NULL DEFAULT '{}';
