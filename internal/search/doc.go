// Package search finds products by words, by their details and by where they are in
// stock. It keeps an index of each tenant that has details in the main database
// (catalog.SearchIndexes): which products have which term.
//
// What the index has of a product is made of its details and of what the books have of
// it now, each time that the log of a slot or of the catalog says that one of the two has
// changed. So any number of processes may do so at once, and again after a crash. An
// index that is built anew gets each change too until it answers in place of the old one.
package search
