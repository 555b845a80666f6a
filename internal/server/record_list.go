package server

import (
	"context"
	"encoding/base64"
	"errors"
	"strconv"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/view"
)

// Records shows the stored records of the logs (view.Records).
type Records interface {
	Page(ctx context.Context, tenant string, slot int, after engine.Seq, size int, named map[engine.Seq]bool) (page []view.Record, newest engine.Seq, ok bool, err error)
}

// recordChapter lets a reader prove the content of the journal.
type recordChapter struct {
	*core
	records Records
}

func (s *recordChapter) functions() map[string]method {
	return map[string]method{"ListRecords": unary(s.listRecords)}
}

func (s *recordChapter) listRecords(ctx context.Context, c *call, r *holdfastv1.ListRecordsRequest) (*holdfastv1.ListRecordsResponse, error) {
	if s.records == nil {
		return nil, unavailable("this server shows no records", nil)
	}
	var f requestForm
	f.requireRange("slot", int64(r.GetSlot()), 0, maxSlot)
	f.requireRange("after", r.GetAfter(), 0, 1<<62)
	size := 200
	if r.PageSize != nil {
		f.requireRange("page_size", int64(r.GetPageSize()), 1, 1000)
		size = int(r.GetPageSize())
	}
	named := numbered(&f, r.GetWithBlock())
	if err := f.err(); err != nil {
		return nil, err
	}
	page, newest, ok, err := s.records.Page(ctx, c.tenant, int(r.GetSlot()), engine.Seq(r.GetAfter()), size, named)
	switch {
	case errors.Is(err, engine.ErrGone):
		return nil, refuse(codeGone, "records behind %d of slot %d are no longer in the log", r.GetAfter(), r.GetSlot())
	case err != nil:
		return nil, err
	case !ok:
		return nil, invalid("slot", "there is no slot %d", r.GetSlot())
	}
	out := &holdfastv1.ListRecordsResponse{HeadSeq: int64(newest)}
	for i := range page {
		out.Items = append(out.Items, renderRecord(&page[i]))
	}
	return out, nil
}

// numbered reads the numbers of records.
func numbered(f *requestForm, numbers []string) map[engine.Seq]bool {
	named := make(map[engine.Seq]bool, len(numbers))
	if len(numbers) > 200 {
		f.refuse("with_block", "must be at most 200")
	}
	for i, text := range numbers {
		seq, err := strconv.ParseUint(text, 10, 63)
		if err != nil {
			f.refuse("with_block["+itoa(i)+"]", "must be the number of a record")
		}
		named[engine.Seq(seq)] = true
	}
	return named
}

const maxSlot = 1<<16 - 1

func renderRecord(r *view.Record) *holdfastv1.LogRecord {
	text := base64.StdEncoding.EncodeToString
	return &holdfastv1.LogRecord{
		Seq: int64(r.Seq), At: timeOf(r.At), Head: text(r.Hashed),
		Block: text(r.Block), BlockPlace: int32(r.Place), Notes: each(r.Notes, text),
	}
}
