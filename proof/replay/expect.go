package replay

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
)

// Expected is a file of known answers (expected.json of the data set).
type Expected struct {
	path  string
	Input string             `json:"input_sha256"`
	Runs  map[string]Figures `json:"runs"`
	Flash struct {
		Month string `json:"month"`
		SKUs  []struct {
			SKU    string `json:"sku"`
			Buyers int64  `json:"buyers"`
			Unit   struct {
				Opening int64 `json:"opening"`
				Granted int64 `json:"granted"`
				Refused int64 `json:"refused"`
				OnHand  int64 `json:"onhand"`
			} `json:"unit"`
		} `json:"skus"`
	} `json:"flash"`
	Channels   *ChannelsSummary   `json:"channels_scarce"`
	Warehouses *WarehousesSummary `json:"warehouses_scarce"`
}

// ReadExpected reads the known answers at path.
func ReadExpected(path string) (*Expected, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read expected results: %w", err)
	}
	e := &Expected{path: path}
	if err := json.Unmarshal(text, e); err != nil {
		return nil, fmt.Errorf("expected results %s: %w", path, err)
	}
	return e, nil
}

// Covers reports whether e has an answer for a run with settings s; if not, the error names
// those it has.
func (e *Expected) Covers(s Settings) error {
	if s.Mode == Flash {
		if len(e.Flash.SKUs) == 0 {
			return badSettings("%s has no expected flash sale", e.path)
		}
		if s.Month != e.Flash.Month {
			return badSettings("%s expects the flash sale of %s, not of %s", e.path, e.Flash.Month, s.Month)
		}
		return nil
	}
	known := slices.Sorted(maps.Keys(e.Runs))
	if e.Channels != nil {
		known = append(known, runName(Settings{Opening: Scarce, Mode: Channels}))
	}
	if e.Warehouses != nil {
		known = append(known, runName(Settings{Opening: Scarce, Mode: Warehouses}))
	}
	if slices.Contains(known, runName(s)) {
		return nil
	}
	return badSettings("%s has no expected result for %s; it has %v", e.path, runName(s), known)
}

func runName(s Settings) string { return string(s.Opening) + "/" + string(s.Mode) }

// Compare names every unexpected figure of s. Call Covers first.
func (e *Expected) Compare(s *Summary) []string {
	d := &differences{}
	switch s.Mode {
	case Flash:
		e.compareFlash(d, s.Flash)
	case Channels:
		d.fields(s.Channels, e.Channels)
	case Warehouses:
		d.fields(s.Warehouses, e.Warehouses)
	default:
		d.fields(s.Figures, e.Runs[runName(s.Settings)])
	}
	if len(d.found) > 0 && e.Input != "" {
		// This alone is no difference: the same history may be compressed differently.
		d.check("input_sha256", s.FileSHA256, e.Input)
	}
	return d.found
}

func (e *Expected) compareFlash(d *differences, got *FlashSummary) {
	d.check("month", got.Month, e.Flash.Month)
	d.check("number of SKUs", len(got.SKUs), len(e.Flash.SKUs))
	for i, want := range e.Flash.SKUs {
		if i >= len(got.SKUs) {
			break
		}
		d.check(fmt.Sprintf("SKU %d", i+1), got.SKUs[i], FlashFigures{
			SKU: want.SKU, Buyers: want.Buyers, Opening: want.Unit.Opening,
			Granted: want.Unit.Granted, Refused: want.Unit.Refused, OnHand: want.Unit.OnHand,
		})
	}
}

// differences collects unequal values.
type differences struct{ found []string }

func (d *differences) check(name string, got, want any) {
	if g, w := asJSON(got), asJSON(want); g != w {
		d.found = append(d.found, fmt.Sprintf("%s is %s, expected %s", name, g, w))
	}
}

// fields compares two values of one struct type by their JSON names.
func (d *differences) fields(got, want any) {
	g, w := byName(got), byName(want)
	for _, name := range slices.Sorted(maps.Keys(w)) {
		d.check(name, g[name], w[name])
	}
}

func byName(f any) map[string]json.RawMessage {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal([]byte(asJSON(f)), &fields); err != nil {
		panic("replay: figures do not survive JSON: " + err.Error())
	}
	return fields
}

func asJSON(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic("replay: figures do not marshal: " + err.Error())
	}
	return string(text)
}
