package sheet

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"path"
	"strings"
)

// Bounds of a workbook (FAULTS §6). A workbook as large as the largest that
// Excel can hold with our columns has some 60 MiB.
const (
	maxWorkbook = 256 << 20
	maxUnpacked = 2 << 30
	maxRatio    = 200
	maxEntries  = 1000
)

// workbook is a zip archive that was checked before anything in it is unpacked. Only the
// needed parts are ever unpacked, as streams.
type workbook struct{ zip *zip.Reader }

func openWorkbook(file io.ReaderAt, size int64) (*workbook, error) {
	if size > maxWorkbook {
		return nil, broken(0, "", "the workbook has %d bytes, at most %d are read: save it as CSV", size, maxWorkbook)
	}
	if err := countEntries(file, size); err != nil {
		return nil, err
	}
	z, err := zip.NewReader(file, size)
	if err != nil {
		return nil, broken(0, "", "this is no workbook: its archive is damaged")
	}
	var unpacked uint64
	for _, f := range z.File {
		// The archive's reader enforces the sizes that are declared here.
		if unpacked += f.UncompressedSize64; f.UncompressedSize64 > maxUnpacked || unpacked > maxUnpacked {
			return nil, broken(0, "", "the workbook unpacks to more than %d bytes", maxUnpacked)
		}
	}
	if unpacked > maxRatio*uint64(size) {
		return nil, broken(0, "", "the workbook unpacks to more than %d times its size", maxRatio)
	}
	return &workbook{zip: z}, nil
}

// countEntries reads the directory of an archive without keeping it: the zip package would
// need memory for each of millions of entries.
func countEntries(file io.ReaderAt, size int64) error {
	damaged := broken(0, "", "this is no workbook: its archive is damaged")
	const endSize, entrySize = 22, 46
	tail := make([]byte, min(size, endSize+1<<16))
	if _, err := file.ReadAt(tail, size-int64(len(tail))); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	at := bytes.LastIndex(tail, []byte("PK\x05\x06"))
	if at < 0 || len(tail)-at < endSize {
		return damaged
	}
	end := tail[at:]
	count, length := binary.LittleEndian.Uint16(end[10:]), binary.LittleEndian.Uint32(end[12:])
	begin := int64(binary.LittleEndian.Uint32(end[16:]))
	if begin+int64(length) != size-int64(len(end)) || count == 0xffff {
		return damaged // extra bytes before or between, or an archive of more than 65,534 entries
	}
	var entry [entrySize]byte
	for n := 0; ; n++ {
		if _, err := file.ReadAt(entry[:], begin); err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		if !bytes.HasPrefix(entry[:], []byte("PK\x01\x02")) {
			return nil
		}
		if n >= maxEntries {
			return broken(0, "", "the workbook's archive has more than %d entries", maxEntries)
		}
		begin += entrySize + int64(binary.LittleEndian.Uint16(entry[28:])) +
			int64(binary.LittleEndian.Uint16(entry[30:])) + int64(binary.LittleEndian.Uint16(entry[32:]))
	}
}

// part opens a part of the workbook; nil when it does not exist.
func (w *workbook) part(name string) (io.ReadCloser, error) {
	for _, f := range w.zip.File {
		if strings.EqualFold(strings.TrimPrefix(f.Name, "/"), name) {
			return f.Open()
		}
	}
	return nil, nil
}

// relation is a reference of one part to another.
type relation struct{ id, kind, target string }

// relations returns the references of a part, with targets as names of parts.
func (w *workbook) relations(name string) ([]relation, error) {
	folder, base := path.Split(name)
	var all []relation
	err := w.walk(folder+"_rels/"+base+".rels", func(e element) bool {
		if e.name == "Relationship" && len(all) < maxEntries {
			target := e.attribute("Target")
			if !strings.HasPrefix(target, "/") {
				target = path.Join(folder, target)
			}
			all = append(all, relation{e.attribute("Id"), path.Base(e.attribute("Type")), strings.TrimPrefix(target, "/")})
		}
		return true
	})
	return all, err
}

// bookParts are the names of a workbook's parts, "" for one that it does not have.
type bookParts struct {
	sheet, texts, styles string
	from1904             bool // it counts its days from 1904
}

// parts finds the first sheet that is shown, and what belongs to it.
func (w *workbook) parts() (p bookParts, err error) {
	book := "xl/workbook.xml"
	top, err := w.relations("")
	if err != nil {
		return p, err
	}
	for _, r := range top {
		if r.kind == "officeDocument" {
			book = r.target
		}
	}
	id := ""
	err = w.walk(book, func(e element) bool {
		switch {
		case e.name == "workbookPr":
			is := e.attribute("date1904")
			p.from1904 = is == "1" || is == "true"
		case e.name == "sheet" && id == "" && !strings.HasSuffix(strings.ToLower(e.attribute("state")), "hidden"):
			id = e.attribute("id")
		}
		return true
	})
	if err != nil {
		return p, err
	}
	all, err := w.relations(book)
	for _, r := range all {
		switch {
		case r.id == id && r.kind == "worksheet":
			p.sheet = r.target
		case r.kind == "sharedStrings":
			p.texts = r.target
		case r.kind == "styles":
			p.styles = r.target
		}
	}
	if err == nil && p.sheet == "" {
		err = broken(0, "", "the workbook has no sheet that is shown")
	}
	return p, err
}
