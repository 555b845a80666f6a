package sheet

import (
	"crypto/md5" //nolint:gosec // other systems computed theirs so; nothing is kept secret by it
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"
)

// Digests is how another system computed the keys of its lots. A file then has them in
// the column digest. "" means: the file has none.
//
// A digest covers the cells of the columns lot.NAME and digest.NAME, in the order of the
// file, with a separator between them. A column digest.NAME belongs to the digest and not
// to the lot. An empty cell counts as 0, and a 0 as an empty cell: the other system cannot
// distinguish them.
type Digests string

// The ways. Logical joins eleven fields and hashes them as Java hashes a string, into 32
// bits. Batch writes times as milliseconds since 1970, adds 0 until there are 50 fields,
// joins them and takes the MD5.
const (
	DigestsLogical Digests = "logical"
	DigestsBatch   Digests = "batch"
)

// AllDigests are the ways.
var AllDigests = []Digests{DigestsLogical, DigestsBatch}

const (
	logicalFields = 11
	batchFields   = 50

	// DefaultSeparator is the separator between the fields of a digest when the sender names
	// none.
	DefaultSeparator = "_"
	// MaxSeparator bounds the bytes of a separator.
	MaxSeparator = 8
)

// digestRule is how the digests of a file were computed.
type digestRule struct {
	digests   Digests
	separator string
}

// digestWords begin the heading of a field that belongs to the digest only.
var digestWords = []string{"digest.", "摘要."}

// sum is the digest of the fields.
func (d digestRule) sum(fields []string) string {
	if d.digests == DigestsLogical {
		return strconv.Itoa(int(javaHash(strings.Join(fields, d.separator))))
	}
	padded := make([]string, batchFields)
	for i := range padded {
		if padded[i] = "0"; i < len(fields) {
			padded[i] = fields[i]
		}
	}
	sum := md5.Sum([]byte(strings.Join(padded, d.separator))) //nolint:gosec // as above
	return hex.EncodeToString(sum[:])
}

// javaHash is String.hashCode of Java, over the units of UTF-16.
func javaHash(s string) (h int32) {
	for _, unit := range utf16.Encode([]rune(s)) {
		h = 31*h + int32(unit)
	}
	return h
}

// isTime reports that the fields of a name are times.
func isTime(name string) bool {
	return strings.HasSuffix(name, "_at") || strings.HasSuffix(name, "_date") || strings.HasSuffix(name, "_on")
}

// field converts a cell for a digest, or returns why it cannot.
func (d digestRule) field(name, cell string) (text, why string) {
	switch {
	case cell == "":
		return "0", ""
	case d.digests != DigestsBatch || !isTime(name):
		return cell, faultOfText(cell, maxReason)
	}
	at, err := time.Parse(time.DateOnly, cell)
	if err != nil {
		at, err = time.Parse(time.RFC3339, cell)
	}
	if err != nil {
		return "", "must be a date (2026-12-01) or a time as in RFC 3339"
	}
	return strconv.FormatInt(at.UnixMilli(), 10), ""
}

// checkDigests requires the columns that the digests need. Without digests it refuses such
// columns.
func (d digestRule) checkDigests(kind Kind, h *header, line int) error {
	at := h.cell(lotDigest)
	switch {
	case d.digests == "" && (at >= 0 || len(h.fields) > len(h.lots)):
		return broken(line, digestWord(h), "the file has digests: say how they were computed, --digests logical or batch (digests=)")
	case d.digests == "":
		return nil
	case kind != KindLots:
		return broken(line, "", "only lots have digests, not %s", kind)
	case at < 0:
		return broken(line, h.word(lotDigest), "the column %s is missing, which has the digests", h.word(lotDigest))
	case d.digests == DigestsLogical && len(h.fields) != logicalFields:
		return broken(line, "", "the key of a logical warehouse has %d fields, the file has %d columns %sNAME and %sNAME", logicalFields, len(h.fields), lotWords[0], digestWords[0])
	case len(h.fields) > batchFields:
		return broken(line, "", "the digest of a batch has at most %d fields, the file has %d", batchFields, len(h.fields))
	}
	return nil
}

// digestWord is the file's first heading about digests.
func digestWord(h *header) string {
	if at := h.cell(lotDigest); at >= 0 {
		return h.words[at]
	}
	for _, word := range h.words {
		for _, before := range digestWords {
			if strings.HasPrefix(normaliseHeading(word), before) {
				return word
			}
		}
	}
	return ""
}

// readDigest compares the row's digest with that of its fields, and keeps the fields.
func (c rowReader) readDigest(d digestRule) {
	r := c.rec
	if d.digests == "" {
		return
	}
	fields := make([]string, len(c.header.fields))
	for i, at := range c.header.fields {
		var why string
		if fields[i], why = d.field(at.name, c.factor(at.cell)); why != "" {
			word := c.header.words[at.cell]
			r.refuse(codeInvalid, word, word+" "+why)
			return
		}
	}
	given := strings.TrimSuffix(c.word(lotDigest), ".0") // of a workbook
	is := d.sum(fields)
	switch {
	case given == "":
		c.flaw(lotDigest, "is missing")
	case !strings.EqualFold(given, is):
		c.flaw(lotDigest, fmt.Sprintf("is %q, and that of the row's %d fields is %q", clip(given), len(fields), is))
	default:
		r.digest, r.fields = is, fields
	}
}

// factor is the cell of a field of a digest: a 0 counts as empty.
func (c rowReader) factor(cell int) string {
	if text := c.cellText(cell); strings.TrimSpace(text) != "0" {
		return text
	}
	return ""
}

// compareDigests refuses a row whose digest an earlier row has with other fields or
// another lot: the other system takes the two for one lot, here they are two.
func (t *table) compareDigests(rec *record) {
	if rec.flaw != nil || rec.digest == "" {
		return
	}
	if t.digests == nil {
		t.digests, t.factors = newIndex(), newIndex()
	}
	fields := string(rec.lot)
	for _, f := range rec.fields {
		fields += strconv.Itoa(len(f)) + ":" + f
	}
	rec.fields = nil
	if _, known := t.factors.put(rec.digest, fields, uint32(rec.line)); known {
		return
	}
	if before, twice := t.digests.put(rec.digest, "", uint32(rec.line)); twice {
		rec.refuse(codeInvalid, t.header.word(lotDigest), fmt.Sprintf(
			"lines %d and %d have the same digest %s and are not the same lot; line %d is not booked",
			before, rec.line, rec.digest, rec.line))
	}
}
