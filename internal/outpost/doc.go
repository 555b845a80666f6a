// Package outpost is the protocol between the books and sellers that sell away from
// them under escrow: the tills of stores (docs/adr/0057).
//
// A till is a Holdfast of its own on SQLite that keeps one location. Its log is the
// truth. The Desk, at the centre, carries out its records again, each once and in order,
// with the till's shared pool as the till's escrow. A till receives units as figures
// that only grow (Units.Added), so a message that is lost, repeated or late does no
// harm.
package outpost
