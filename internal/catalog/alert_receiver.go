package catalog

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// AlertReceiver is where notices of alerts are sent.
type AlertReceiver struct {
	Tenant string `json:"-"`
	ID     string `json:"-"`
	Kind   string `json:"kind"`
	// Settings are those that are no secrets, Secrets the others, encrypted by a key that is
	// not in the database.
	Settings map[string]string `json:"settings,omitempty"`
	Secrets  map[string][]byte `json:"secrets,omitempty"`
	Changed  Moment            `json:"changed"`
	// Revision is that of the entry that wrote it last.
	Revision int64 `json:"-"`
}

const (
	// MaxAlertReceivers is how many receivers a tenant may have.
	MaxAlertReceivers = 100
	// MaxAlertSettings is how many settings one may have.
	MaxAlertSettings = 20
	// MaxAlertSetting is how many bytes of text one may be.
	MaxAlertSetting = 2048

	maxAlertWord = 64
)

func (r *AlertReceiver) check() error {
	bad := func(field, why string) error { return &InvalidError{Field: field, Reason: why} }
	if err := checkID("receiver_id", r.ID, MaxAlertID); err != nil {
		return err
	}
	if r.Kind == "" || len(r.Kind) > maxSinkWord || !printable(r.Kind) {
		return bad("kind", fmt.Sprintf("must be text of 1 to %d bytes", maxSinkWord))
	}
	if len(r.Settings)+len(r.Secrets) > MaxAlertSettings {
		return bad("settings", fmt.Sprintf("must be at most %d", MaxAlertSettings))
	}
	for _, name := range slices.Sorted(maps.Keys(r.Settings)) {
		if value := r.Settings[name]; name == "" || len(name) > maxAlertWord || !printable(name) || len(value) > MaxAlertSetting || !storable(value) {
			return bad("settings", fmt.Sprintf("%q must be text of at most %d bytes", name, MaxAlertSetting))
		}
	}
	for name, sealed := range r.Secrets {
		if name == "" || len(name) > maxAlertWord || !printable(name) || len(sealed) > maxSealed+MaxAlertSetting {
			return bad("settings", "a secret is too long")
		}
	}
	return nil
}

func (r *AlertReceiver) sameAs(o *AlertReceiver) bool {
	return r.Kind == o.Kind && maps.Equal(r.Settings, o.Settings) && maps.EqualFunc(r.Secrets, o.Secrets, bytes.Equal)
}

// AlertReceivers keeps receivers.
type AlertReceivers struct{ documents[AlertReceiver] }

// Set stores what change makes of a receiver, which is nil where there is none, and returns it
// as it is stored. Setting the same again changes nothing. change may be called more than
// once.
func (d AlertReceivers) Set(ctx context.Context, tenant, id string, change func(is *AlertReceiver) (AlertReceiver, error)) (AlertReceiver, error) {
	var kept AlertReceiver
	err := d.store.write(ctx, d.now, func(w *write) error {
		was, gone, err := alertReceiverKind.get(&w.read, tenant, id)
		if err != nil {
			return err
		}
		is := was
		if gone {
			is = nil
		}
		if kept, err = change(is); err != nil {
			return err
		}
		kept.Tenant, kept.ID = tenant, id
		if err := kept.check(); err != nil {
			return err
		}
		if is != nil && kept.sameAs(is) {
			kept = *is
			return nil
		}
		if is == nil {
			if err := admitReceiver(w, tenant); err != nil {
				return err
			}
		}
		kept.Changed = Moment{w.time()}
		return alertReceiverKind.put(w, &kept, was)
	})
	return result(kept, err, "set alert receiver %q", id)
}

func admitReceiver(w *write, tenant string) error {
	if err := w.findTenant(tenant); err != nil {
		return err
	}
	all, err := alertReceiverKind.list(&w.read, tenant)
	if err == nil && len(all) >= MaxAlertReceivers {
		err = &InvalidError{Field: "receiver_id", Reason: fmt.Sprintf("would be one receiver more than the %d that a tenant may have", MaxAlertReceivers)}
	}
	return err
}

// UsedError says that rules send to a receiver. Nothing was stored.
type UsedError struct {
	Receiver string
	Rules    []string
}

func (e *UsedError) Error() string {
	return fmt.Sprintf("alert receiver %q is named by the rules %s: change or delete them first", e.Receiver, strings.Join(e.Rules, ", "))
}

// Drop removes a receiver with its secrets. If it was removed already, nothing changes. One
// that never existed is ErrUnknown, one that a rule sends to is an UsedError.
func (d AlertReceivers) Drop(ctx context.Context, tenant, id string) error {
	err := d.store.write(ctx, d.now, func(w *write) error {
		is, gone, err := alertReceiverKind.get(&w.read, tenant, id)
		switch {
		case err != nil || gone:
			return err
		case is == nil:
			return alertReceiverKind.unknown(id)
		}
		rules, err := alertRuleKind.list(&w.read, tenant)
		if err != nil {
			return err
		}
		used := UsedError{Receiver: id}
		for i := range rules {
			if slices.Contains(rules[i].SendTo, id) {
				used.Rules = append(used.Rules, rules[i].ID)
			}
		}
		if len(used.Rules) > 0 {
			return &used
		}
		last := *is
		last.Secrets = nil
		return alertReceiverKind.drop(w, &last, is)
	})
	return during(err, "drop alert receiver %q", id)
}

var alertReceiverKind = documentKind[AlertReceiver]{
	name: "alert_receiver", title: "alert receiver",
	pack:   func(r *AlertReceiver) document { return document{tenant: r.Tenant, id: r.ID, seq: r.Revision} },
	unpack: func(d *document, r *AlertReceiver) { r.Tenant, r.ID, r.Revision = d.tenant, d.id, d.seq },
}
