-- +goose Up

-- Rows have levels too: by how much they changed in an hour and, with span 0, since the first
-- record. So all of it is summed again from there.
TRUNCATE holdfast.figure;

UPDATE holdfast.figure_cursor SET seq = 0;
