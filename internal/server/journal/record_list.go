package journal

import (
	"context"
	"encoding/base64"
	"errors"
	"strconv"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/server/kit"
	"holdfast.dev/holdfast/internal/view"
)

// Records shows the stored records of the logs (view.Records).
type Records interface {
	Page(ctx context.Context, tenant string, slot int, after engine.Seq, size int, named map[engine.Seq]bool) (page []view.Record, newest engine.Seq, ok bool, err error)
}

// Chapter lets a reader prove the content of the journal.
type Chapter struct {
	core    *kit.Core
	records Records
}

// New returns the chapter.
func New(core *kit.Core, records Records) *Chapter {
	return &Chapter{core, records}
}

// Functions are the functions behind the methods of the chapter.
func (s *Chapter) Functions() map[string]kit.Method {
	return map[string]kit.Method{
		"ListLogs": kit.Unary(s.listLogs), "ListAllLogs": kit.Unary(s.listAllLogs), "SumReasons": kit.Unary(s.sumReasons),
		"ListRecords": kit.Unary(s.listRecords),
	}
}

func (s *Chapter) listRecords(ctx context.Context, c *kit.Call, r *holdfastv1.ListRecordsRequest) (*holdfastv1.ListRecordsResponse, error) {
	if s.records == nil {
		return nil, kit.Unavailable("this server shows no records", nil)
	}
	var f kit.Form
	f.RequireRange("slot", int64(r.GetSlot()), 0, maxSlot)
	f.RequireRange("after", r.GetAfter(), 0, 1<<62)
	size := 200
	if r.PageSize != nil {
		f.RequireRange("page_size", int64(r.GetPageSize()), 1, 1000)
		size = int(r.GetPageSize())
	}
	named := numbered(&f, r.GetWithBlock())
	if err := f.Err(); err != nil {
		return nil, err
	}
	page, newest, ok, err := s.records.Page(ctx, c.Tenant, int(r.GetSlot()), engine.Seq(r.GetAfter()), size, named)
	switch {
	case errors.Is(err, engine.ErrGone):
		return nil, kit.Refuse(kit.CodeGone, "records behind %d of slot %d are no longer in the log", r.GetAfter(), r.GetSlot())
	case err != nil:
		return nil, err
	case !ok:
		return nil, kit.Invalid("slot", "there is no slot %d", r.GetSlot())
	}
	out := &holdfastv1.ListRecordsResponse{HeadSeq: int64(newest)}
	for i := range page {
		out.Items = append(out.Items, renderRecord(&page[i]))
	}
	return out, nil
}

// numbered reads the numbers of records.
func numbered(f *kit.Form, numbers []string) map[engine.Seq]bool {
	named := make(map[engine.Seq]bool, len(numbers))
	if len(numbers) > 200 {
		f.Refuse("with_block", "must be at most 200")
	}
	for i, text := range numbers {
		seq, err := strconv.ParseUint(text, 10, 63)
		if err != nil {
			f.Refuse("with_block["+kit.Itoa(i)+"]", "must be the number of a record")
		}
		named[engine.Seq(seq)] = true
	}
	return named
}

const maxSlot = 1<<16 - 1

func renderRecord(r *view.Record) *holdfastv1.LogRecord {
	text := base64.StdEncoding.EncodeToString
	return &holdfastv1.LogRecord{
		Seq: int64(r.Seq), At: kit.TimeOf(r.At), Head: text(r.Hashed),
		Block: text(r.Block), BlockPlace: int32(r.Place), Notes: kit.Each(r.Notes, text),
	}
}
