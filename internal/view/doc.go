// Package view answers questions that are lists: the levels of a tenant, what
// is low, and the journal of a product or an order. Levels come straight from
// the item rows; the journal is a projection of the log that keeps one small row
// per item and record and decodes the records when a page is read. Several slots are read
// concurrently and their rows merged; a slot that does not answer is an error, never a
// shorter list. While a bucket moves from one slot to another the slots themselves say
// where it lives (engine.Mover), not the map that this process has.
//
// Package ledger answers about single items, checks and everything else that is a strong
// read at the price of one look at the head. Package server decides who may see what.
package view
