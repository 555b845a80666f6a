// Package outpost is the protocol between the books and sellers that sell away from
// them under escrow: the tills of stores (docs/adr/0057).
//
// A till is a Holdfast of its own on SQLite that keeps one location. Its log is the
// truth: the Desk, at the centre, carries the records of it out again, each once and in
// their order, with the till's shared pool as the till's escrow. Units come to a till as
// figures that only grow (Units.Added), so that a message that is lost, doubled or late
// does no harm.
package outpost
