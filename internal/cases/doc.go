// Package cases keeps what people have to decide because more was promised of a
// product at a location than there is: a look at the shelf that found less than is
// held, a sale that had happened elsewhere. The books are right already, what is
// owed stands in the oversold account; a case says whose promise it is about and what
// is done.
//
// A case is a document of the catalog. Whoever books what opens one writes it down at
// once; what a crash left out a projection of the log opens, under the same id.
package cases
