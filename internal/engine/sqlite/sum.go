package sqlite

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"

	"holdfast.dev/holdfast/internal/engine"
)

// SQLite keeps checksums of its log but not of its file. So each row carries
// the CRC-32C over its columns: strings with their lengths, numbers in 8
// bytes, little endian. They are kept for ever; the tests pin one of each.

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// summer adds columns up. It is used by one goroutine at a time.
type summer struct{ buf []byte }

func (s *summer) num(n int64) *summer {
	s.buf = binary.LittleEndian.AppendUint64(s.buf, uint64(n))
	return s
}

func (s *summer) str(v string) *summer {
	s.buf = binary.LittleEndian.AppendUint32(s.buf, uint32(len(v)))
	s.buf = append(s.buf, v...)
	return s
}

// end returns the sum over the columns and b, and starts anew.
func (s *summer) end(b []byte) int64 {
	sum := crc32.Update(crc32.Checksum(s.buf, castagnoli), castagnoli, b)
	s.buf = s.buf[:0]
	return int64(sum)
}

func (s *summer) record(r *engine.Record) int64 {
	s.num(int64(r.Seq)).num(int64(r.At)).num(int64(r.Nonce))
	s.buf = append(append(s.buf, r.Writer[:]...), r.Hash[:]...)
	return s.end(r.Body)
}

func (s *summer) text(seq engine.Seq, text []byte) int64 {
	return s.num(int64(seq)).end(text)
}

func (s *summer) item(r *engine.ItemRow) int64 {
	s.str(r.Key.Tenant).str(r.Key.Product).str(r.Key.Location).str(r.Key.Lot)
	s.num(int64(r.Bucket)).num(int64(r.Available)).num(int64(r.Held)).num(int64(r.OnHand)).num(int64(r.Threshold))
	s.num(bit(r.Tracked) | bit(r.OnSale)<<1 | bit(r.Low)<<2).num(int64(r.Version)).num(int64(r.UpdatedAt))
	s.num(int64(r.LapsesAt))
	return s.end(r.Packed)
}

func (s *summer) hold(r *engine.HoldRow) int64 {
	s.str(r.Key.Tenant).str(r.Key.Order).num(int64(r.Key.Bucket) | bit(r.Open)<<32)
	s.num(int64(r.Deadline)).num(int64(r.Seq))
	return s.end(r.Packed)
}

func (s *summer) key(r *engine.KeyRow) int64 {
	s.num(r.No()).num(int64(r.Bucket))
	s.buf = append(s.buf, r.ID[:]...)
	return s.end(r.Print[:])
}

func (s *summer) bucket(r *engine.BucketRow) int64 {
	return s.num(int64(r.Bucket)).num(int64(r.Seq)).end(r.Packed)
}

func bit(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// damaged says that a row does not carry its sum.
func damaged(what string, name any) error {
	return fmt.Errorf("%w: %s %v does not match its checksum; restore the file from a backup, or run holdfast verify to see what else is damaged", engine.ErrBroken, what, name)
}
