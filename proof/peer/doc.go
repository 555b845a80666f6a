// Package peer is what people write today to reserve stock in PostgreSQL,
// MySQL or MariaDB: four forms, each as well as an expert would write it, and
// the bare floor below them all. Statements are prepared, transactions are
// READ COMMITTED, rows are touched in one order, and the natural key (order,
// product) is the primary key of a reservation, so that a form is exactly once
// without help. It knows how durable a server is, what a server uses, and how
// to work on a database of its own; measuring and comparing is package compare's.
package peer
