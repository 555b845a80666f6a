package imports

import (
	"net/http"
	"strconv"
	"time"

	"holdfast.dev/holdfast/internal/server/kit"
	"holdfast.dev/holdfast/internal/sheet"
	"holdfast.dev/holdfast/internal/stock"

	"google.golang.org/protobuf/types/known/timestamppb"
)

// exportFile exports a table. The file is complete before the first byte is sent, so an
// answer with 200 and a length has everything.
func (f *Chapter) exportFile(w http.ResponseWriter, r *http.Request, c *kit.Call) (any, error) {
	p, err := readParameters(r, "kind", "format", "encoding", "location_id", "product_id", "since", "until")
	if err != nil {
		return nil, err
	}
	spec := sheet.ExportSpec{Tenant: c.Tenant, Location: p.values.Get("location_id"), Product: p.values.Get("product_id")}
	spec.Kind = pick(p, "kind", true, sheet.ExportKinds...)
	spec.Format = pick(p, "format", false, sheet.Formats...)
	spec.Encoding = pick(p, "encoding", false, sheet.Encodings...)
	spec.Since, spec.Until = bound(p.moment("since")), bound(p.moment("until"))
	p.f.OptionalID("location_id", spec.Location, kit.MaxLocation)
	p.f.OptionalID("product_id", spec.Product, kit.MaxProduct)
	if spec.Kind != sheet.KindJournal && (spec.Since != 0 || spec.Until != 0) {
		p.f.Refuse("since", "since and until belong to the journal")
	}
	if (spec.Kind == sheet.KindProducts || spec.Kind == sheet.KindKits) && spec.Location != "" {
		p.f.Refuse("location_id", string(spec.Kind)+" have no location")
	}
	if spec.Kind == sheet.KindLocations && spec.Product != "" {
		p.f.Refuse("product_id", "locations have no product")
	}
	if spec.Format == sheet.XLSX && spec.Encoding != sheet.UTF8 {
		p.f.Refuse("encoding", "belongs to CSV")
	}
	if err := p.f.Err(); err != nil {
		return nil, err
	}
	if err := bindExport(c, &spec); err != nil {
		return nil, err
	}
	e, err := f.desk.Export(r.Context(), spec)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err := e.Close(); err != nil {
			f.core.Log.WarnContext(r.Context(), "an export cannot be removed", "err", err)
		}
	}()
	if e.Position != "" {
		w.Header().Set("Holdfast-Position", e.Position)
	}
	w.Header().Set("Holdfast-Rows", strconv.FormatInt(e.Rows, 10))
	send(w, c, spec.Format, string(spec.Kind), e.Size, e)
	return nil, nil
}

// bindExport keeps an export inside of the key's bounds. Every row of quotas and lots
// covers all channels.
func bindExport(c *kit.Call, spec *sheet.ExportSpec) error {
	if c.Bounds == nil {
		return nil
	}
	spec.Bounds = c.Bounds
	switch spec.Kind {
	case sheet.KindLevels, sheet.KindThresholds, sheet.KindJournal, sheet.KindReservations:
	case sheet.KindQuotas, sheet.KindLots:
		if len(c.Bounds.Channels) > 0 {
			return c.RefuseOutside("an export of %s is about all channels", spec.Kind)
		}
	default:
		return c.RefuseOutside("an export of %s is about the whole tenant", spec.Kind)
	}
	if spec.Location == "" {
		return nil
	}
	return c.RequireLocation(spec.Location)
}

// bound is a time in the form that the journal compares; 0 for none.
func bound(t time.Time) stock.Time {
	if t.IsZero() {
		return 0
	}
	return kit.Moment(timestamppb.New(t))
}
