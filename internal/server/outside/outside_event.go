package outside

import (
	"cmp"
	"maps"
	"strconv"
	"strings"
	"time"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"

	"google.golang.org/protobuf/proto"
)

// MaxChangeID bounds the id of a change of the catalog.
const MaxChangeID = 300

// changeMark begins a position among changes, so that a position of the stock is never
// mistaken for one.
const changeMark = "c"

// ParseChangePlace reads a position in its only valid form.
func ParseChangePlace(text string) (n int64, ok bool) {
	digits, marked := strings.CutPrefix(text, changeMark)
	n, err := strconv.ParseInt(digits, 10, 64)
	return n, marked && err == nil && n >= 0 && ShowChangePlace(n) == text
}

// IsChangePlace reports whether the text is a position in the log of the catalog.
func IsChangePlace(text string) bool {
	_, ok := ParseChangePlace(text)
	return ok
}

// ShowChangePlace writes a position in the log of the catalog.
func ShowChangePlace(n int64) string { return changeMark + strconv.FormatInt(n, 10) }

// RenderFilter shows which events a sink gets.
func RenderFilter(f *catalog.SinkFilter) *holdfastv1.SinkFilter {
	if f.IsZero() {
		return nil
	}
	return &holdfastv1.SinkFilter{Types: f.Types, ProductIds: f.Products, LocationIds: f.Locations, ChannelIds: f.Channels}
}

// RenderBatch shows how many events a sink gets at once.
func RenderBatch(k *catalog.Sink) *holdfastv1.SinkBatch {
	return &holdfastv1.SinkBatch{Max: new(int32(k.Batch)), LingerMs: new(int32(time.Duration(k.Linger) / time.Millisecond))}
}

// Secrets are the valid secrets of a sink, in clear.
func (s *Sealer) Secrets(k *catalog.Sink) (secrets []string, err error) {
	for _, kept := range k.Secrets {
		if !kept.Until.IsZero() && !kept.Until.After(time.Now()) {
			continue
		}
		secret, err := s.Open(k.Tenant, k.Name, kept.Sealed)
		if err != nil {
			return nil, err
		}
		secrets = append(secrets, secret)
	}
	return secrets, nil
}

// MaxParkedID bounds the id of a parked event.
const MaxParkedID = 64

// MaxDeliveryID bounds the id of a delivery.
const MaxDeliveryID = 64

// PackEvent encodes a parked event for storage. It leaves out the reason: that is free text,
// which stays where it can be redacted.
func PackEvent(e *holdfastv1.StockEvent) ([]byte, error) {
	if e == nil {
		return nil, nil
	}
	kept := proto.CloneOf(e)
	kept.Reason = ""
	packed, err := proto.Marshal(kept)
	if err == nil && len(packed) > catalog.MaxParkedEvent {
		// The log has the event. What is shown of it is less than all.
		kept.Lots, kept.Tills, kept.ChannelsSoldOut, kept.ChannelsInStock = nil, nil, nil, nil
		packed, err = proto.Marshal(kept)
	}
	return packed, err
}

// SettingOf names a secret setting of a receiver among all secrets. No sink has such a name.
func SettingOf(receiver, name string) string { return "alert receiver/" + receiver + "/" + name }

// ReceiverSettings are all settings of a receiver, in clear.
func (s *Sealer) ReceiverSettings(r *catalog.AlertReceiver) (map[string]string, error) {
	all := maps.Clone(r.Settings)
	if all == nil {
		all = map[string]string{}
	}
	for name, sealed := range r.Secrets {
		secret, err := s.Open(r.Tenant, SettingOf(r.ID, name), sealed)
		if err != nil {
			return nil, err
		}
		all[name] = secret
	}
	return all, nil
}

// ShortageRefuse is the policy that refuses what was paid and is not there.
const ShortageRefuse = "refuse"

// ShortageOf is the policy of a source for what was paid and is not there.
func ShortageOf(k *catalog.Source) string { return cmp.Or(k.Shortage, ShortageRefuse) }

// SealedFor is the name of a source among the sealed secrets of sinks: no sink has a slash in
// its name.
func SealedFor(source string) string { return "sources/" + source }

// SourceSecret is the secret of a source in clear, "": it has none.
func (s *Sealer) SourceSecret(k *catalog.Source) (string, error) {
	if len(k.Secret) == 0 {
		return "", nil
	}
	return s.Open(k.Tenant, SealedFor(k.Name), k.Secret)
}
