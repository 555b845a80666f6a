package catalog

import (
	"errors"
	"strings"
	"testing"
	"time"
)

// mustPairDevice returns the state of the pairing that a screen of a store
// shows.
func mustPairDevice(t *testing.T, c *Catalog, secret string) Pairing {
	t.Helper()
	p, err := c.Sessions.PairDevice(t.Context(), secret)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// mustAddDevice confirms what a screen of a store shows.
func mustAddDevice(t *testing.T, c *Catalog, code string, spec DeviceSpec) Device {
	t.Helper()
	d, err := c.Sessions.AddDevice(t.Context(), "demo", code, spec)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// A screen shows one page of a store once its code was confirmed, in every process and for years. It has the rights
// of its key, and both end together.
func TestAScreenBecomesADevice(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		path, clock := in.open(t), newClock()
		here, there := open(t, path, WithClock(clock.Now)), open(t, path, WithClock(clock.Now))
		mustTenant(t, here, "demo")
		mustTenant(t, here, "other")
		clock.advance(2 * time.Second)
		p := mustPairDevice(t, here, "")
		if again := mustPairDevice(t, there, p.Secret); again != p {
			t.Errorf("asked again: %+v, want %+v", again, p)
		}
		if _, err := here.Sessions.AddDisplay(t.Context(), "demo", p.Code, "wall"); !errors.Is(err, ErrUnknown) {
			t.Errorf("confirmed as a display: %v", err)
		}
		if wall := mustPair(t, here, ""); !errors.Is(refusal(here.Sessions.AddDevice(t.Context(), "demo", wall.Code, DeviceSpec{Name: "x", Page: "menu"})), ErrUnknown) {
			t.Error("a display's code was confirmed for a device")
		}
		d := mustAddDevice(t, there, strings.ToLower(p.Code[:4])+" - "+p.Code[4:], DeviceSpec{Name: "Window · 窗口", Page: "menu", Channel: "takeaway"})
		if _, err := here.Sessions.AddDevice(t.Context(), "demo", p.Code, DeviceSpec{Name: "again", Page: "menu"}); !errors.Is(err, ErrUnknown) {
			t.Errorf("a code that was used: %v", err)
		}
		if now := mustPairDevice(t, here, p.Secret); now.Code != "" || now.Secret != p.Secret {
			t.Errorf("confirmed by another process: %+v", now)
		}
		clock.advance(3 * 365 * 24 * time.Hour)
		mustSignInPerson(t, here, somebody("a-1"))
		for _, c := range []*Catalog{here, there} {
			s, err := c.Sessions.Session(t.Context(), p.Secret, true)
			if err != nil || s.Tenant != "demo" || s.KeyName != d.Name || s.KeyID != d.ID || s.Role != RoleKiosk || s.Scopes != ScopeRead || s.Page != "menu" || !s.Display ||
				s.Bounds == nil || len(s.Bounds.Channels) != 1 || s.Bounds.Channels[0] != "takeaway" {
				t.Errorf("the session: %+v %v", s, err)
			}
		}
		all, err := here.Sessions.Devices(t.Context(), "demo")
		if err != nil || len(all) != 1 || all[0].ID != d.ID || all[0].Page != "menu" || all[0].Channel != "takeaway" || all[0].Used.IsZero() {
			t.Errorf("the devices: %+v %v", all, err)
		}
		if _, _, err := here.RotateKey(t.Context(), "demo", d.Name); !errors.Is(err, ErrDeviceKey) {
			t.Errorf("its key was made anew: %v", err)
		}
		if _, err := here.Sessions.EndDevice(t.Context(), "other", d.ID); !errors.Is(err, ErrUnknown) {
			t.Errorf("ended by another tenant: %v", err)
		}
		if ended, err := there.Sessions.EndDevice(t.Context(), "demo", d.ID); err != nil || ended.ID != d.ID {
			t.Errorf("ended: %+v %v", ended, err)
		}
		clock.advance(2 * time.Second)
		if signedIn(t, here, p.Secret) || signedIn(t, there, p.Secret) {
			t.Error("a device that was ended is one still")
		}
		if next := mustPairDevice(t, here, p.Secret); next.Secret == p.Secret || next.Code == "" {
			t.Errorf("a device that was ended is not asked for a new code: %+v", next)
		}
		mustVerify(t, here)
	})
}

func refusal[T any](_ T, err error) error { return err }

func TestADeviceMayWhatItsPageNeeds(t *testing.T) {
	t.Parallel()
	c := open(t, newFile(t))
	mustTenant(t, c, "demo")
	for page, want := range grants {
		p := mustPairDevice(t, c, "")
		d := mustAddDevice(t, c, p.Code, DeviceSpec{Name: page, Page: page})
		s, err := c.Sessions.Session(t.Context(), p.Secret, true)
		if err != nil || s.Role != want.role || s.Scopes != want.scopes || s.Page != page {
			t.Errorf("%s: %+v %v", page, s, err)
		}
		if _, err := c.RevokeKey(t.Context(), "demo", d.ID); err != nil {
			t.Fatal(err)
		}
		if signedIn(t, c, p.Secret) || mustPairDevice(t, c, p.Secret).Code == "" {
			t.Errorf("%s: its key is revoked and it is there still", page)
		}
	}
	code := mustPairDevice(t, c, "").Code
	for name, spec := range map[string]DeviceSpec{
		"no name": {Page: "kiosk"}, "another page": {Name: "x", Page: "wall"}, "the kitchen of a channel": {Name: "x", Page: "kitchen", Channel: "web"},
		"a name with a slash": {Name: "a/b", Page: "kiosk"},
	} {
		if _, err := c.Sessions.AddDevice(t.Context(), "demo", code, spec); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	mustAddDevice(t, c, code, DeviceSpec{Name: "x", Page: "kiosk"})
	if _, err := c.Sessions.AddDevice(t.Context(), "demo", mustPairDevice(t, c, "").Code, DeviceSpec{Name: "x", Page: "menu"}); !errors.Is(err, ErrKeyName) {
		t.Errorf("two devices of one name: %v", err)
	}
}
