-- +goose NO TRANSACTION
-- +goose Up

-- How many slots the node has open: a bucket may go to a slot that all know.
-- MySQL cannot add a column only where it is missing, so the table is made
-- anew; nodes say every half second that they are there.
DROP TABLE IF EXISTS holdfast_node;

CREATE TABLE IF NOT EXISTS holdfast_node (
    id      VARBINARY(64)  NOT NULL PRIMARY KEY,
    address VARBINARY(256) NOT NULL,
    slots   INT            NOT NULL DEFAULT 0,
    started BIGINT         NOT NULL,
    seen    BIGINT         NOT NULL
) ENGINE = InnoDB;
