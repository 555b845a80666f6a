// Package archive keeps the old records of a slot's log in compressed Parquet
// files, so that the database keeps only what is young: Run moves them there,
// Over makes an engine that reads them from there as if they had never left,
// Rewrite takes out of them what must be forgotten.
//
// A slot's files lie in one folder. They are written under another name,
// synced, compared with the database, and renamed; the manifest, replaced in
// one step, then names them with their ranges, hashes and checksums. Only after
// that are records dropped. So whenever a run ends, by itself or by kill -9,
// every record is in the database, in the archive, or in both.
//
// What is old enough is decided by who calls Run; what a record means is
// package stock's business.
package archive
