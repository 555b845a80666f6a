// Package peer has the forms in which people reserve stock today in PostgreSQL, MySQL or
// MariaDB: four forms, each written as well as an expert would, and the bare floor below
// them all. Statements are prepared, transactions are READ COMMITTED, rows are touched in one
// order. The natural key (order, product) is the primary key of a reservation, so every form
// is exactly once without help. The package knows a server's durability and its use of
// resources, and works on a database of its own. Package compare measures and compares.
package peer
