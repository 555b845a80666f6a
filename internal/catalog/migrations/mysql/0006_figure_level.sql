-- +goose NO TRANSACTION
-- +goose Up

-- Rows have levels too: by how much they changed in an hour and, with span 0, since the first
-- record. So all of it is summed again from there.
TRUNCATE TABLE holdfast_figure;

UPDATE holdfast_figure_cursor SET seq = 0;
