// Package archive keeps the old records of a slot's log in compressed Parquet
// files, so that the database keeps only young records. Run moves old records
// there. Over makes an engine that reads them as if they were still in the
// database. Rewrite removes what must be forgotten.
//
// A slot's files are in one folder. Each is written under another name, synced,
// compared with the database, and renamed. Then the manifest, replaced in one
// step, names it with its range, hashes and checksum. Only after that are
// records dropped. So whenever a run ends, by itself or by kill -9, every
// record is in the database, in the archive, or in both.
//
// The caller of Run decides what is old enough. Package stock defines what a
// record means.
package archive
