package catalog

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"holdfast.dev/holdfast/internal/stock"
)

// maxDevices bounds the devices of a tenant.
const maxDevices = 200

// ErrTooManyDevices says the tenant has maxDevices devices. Nothing was stored.
var ErrTooManyDevices = fmt.Errorf("the tenant has %d devices; end some first", maxDevices)

// DevicePages are the pages of a store that a device may show.
var DevicePages = []string{"kiosk", "menu", "kitchen", "till"}

// grant is what the key of a device may do.
type grant struct {
	role   Role
	scopes Scopes
}

// grants are what each page needs. A menu reads what a kiosk reads.
var grants = map[string]grant{
	"kiosk":   {RoleKiosk, ScopeInternal},
	"menu":    {RoleKiosk, ScopeRead},
	"kitchen": {RoleAgent, ScopeInternal},
	"till":    {RoleManager, ScopeAdmin},
}

// Device is a screen in a store that shows one page, with a key of its own that nobody has seen.
type Device struct {
	ID      string // of its key
	Name    string // recorded with what it writes
	Page    string
	Channel string // the one that it sells for; "": it is bound to none
	// Begun is when it was confirmed; Used when it last asked for something, zero: it shows the
	// page no longer.
	Begun, Used time.Time
}

// DeviceSpec is what a new device shall be.
type DeviceSpec struct{ Name, Page, Channel string }

// PairDevice is Pair for a screen that wants to show a page of a store.
func (c *sessions) PairDevice(ctx context.Context, secret string) (Pairing, error) {
	return c.pair(ctx, secret, RoleKiosk)
}

// AddDevice makes the screen that shows the code a device of the tenant. The code counts once;
// ErrUnknown: no screen shows it now. No valid key may have the name (ErrKeyName).
func (c *sessions) AddDevice(ctx context.Context, tenant, code string, spec DeviceSpec) (Device, error) {
	is, ok := grants[spec.Page]
	if !ok {
		return Device{}, &InvalidError{Field: "page", Reason: "must be kiosk, menu, kitchen or till"}
	}
	if spec.Name == "" {
		return Device{}, &InvalidError{Field: "name", Reason: "must be given"}
	}
	bounds := &stock.Bounds{}
	if spec.Channel != "" {
		if is.role != RoleKiosk {
			return Device{}, &InvalidError{Field: "channel_id", Reason: "is for pages of customers: kiosk and menu"}
		}
		bounds.Channels = []string{spec.Channel}
	}
	k, _, err := c.keys.mint(KeySpec{Tenant: tenant, Name: spec.Name, Scopes: is.scopes, Role: is.role, Bounds: bounds})
	if err != nil {
		return Device{}, err
	}
	k.Page = spec.Page
	var hash [32]byte
	err = c.keys.writeKeys(ctx, func(w *write) error {
		row, err := findWaiting(&w.read, plainCode(code), RoleKiosk, millis(c.now()))
		if err != nil {
			return err
		}
		if err := c.checkRoom(w, tenant); err != nil {
			return err
		}
		if err := c.keys.add(w, &k); err != nil {
			return err
		}
		hash = row.hash
		return w.exec(`UPDATE {console_session} SET tenant = ?, key_id = ?, subject = '', at = ?, seen = ? WHERE hash = ?`,
			tenant, k.ID, millis(k.Created), millis(k.Created), hash[:])
	})
	if err != nil {
		return Device{}, during(err, "add a device to tenant %q", tenant)
	}
	c.kept.drop(hash)
	return deviceOf(&k, k.Created), nil
}

// checkRoom refuses a device more than there may be.
func (c *sessions) checkRoom(w *write, tenant string) error {
	all, err := readKeys(&w.read, tenant)
	if err == nil && len(slices.DeleteFunc(all, func(k Key) bool { return !k.isDevice() })) >= maxDevices {
		err = ErrTooManyDevices
	}
	return err
}

// Devices returns the devices of a tenant, oldest first. One that is used now is shown as last used
// up to two minutes ago.
func (c *sessions) Devices(ctx context.Context, tenant string) ([]Device, error) {
	all, err := look(ctx, c.keys.store, func(r *read) ([]Device, error) {
		keys, err := readKeys(r, tenant)
		if err != nil {
			return nil, err
		}
		rows, err := list(r, scanSession, `SELECT `+sessionColumns+` FROM {console_session} WHERE tenant = ? AND key_id <> ''`, tenant)
		used := map[string]int64{}
		for i := range rows {
			used[rows[i].keyID] = max(used[rows[i].keyID], rows[i].lastStore)
		}
		var all []Device
		for i := range keys {
			if k := &keys[i]; k.isDevice() {
				all = append(all, deviceOf(k, fromMillis(used[k.ID])))
			}
		}
		return all, err
	})
	return result(all, err, "list devices of tenant %q", tenant)
}

// EndDevice ends a device with its key, here at once, in other processes within 2 s, and returns it.
// ErrUnknown: the tenant has none of that id.
func (c *sessions) EndDevice(ctx context.Context, tenant, id string) (Device, error) {
	var ended *Key
	var rows []sessionRow
	err := c.keys.writeKeys(ctx, func(w *write) (err error) {
		if ended, err = readKey(&w.read, id); err != nil {
			return err
		}
		if ended == nil || ended.Tenant != tenant || !ended.isDevice() {
			return &UnknownError{What: "device", ID: id}
		}
		if rows, err = list(&w.read, scanSession, `SELECT `+sessionColumns+` FROM {console_session} WHERE key_id = ?`, id); err != nil {
			return err
		}
		ended.Revoked = w.time()
		return errors.Join(ended.put(w, KindKeyRevoked), w.exec(`DELETE FROM {console_session} WHERE key_id = ?`, id))
	})
	if err != nil {
		return Device{}, during(err, "end device %q", id)
	}
	c.ended(rows...)
	return deviceOf(ended, time.Time{}), nil
}

// isDevice reports whether the key is the one of a device, and valid.
func (k *Key) isDevice() bool { return k.Page != "" && k.Valid() }

func deviceOf(k *Key, used time.Time) Device {
	d := Device{ID: k.ID, Name: k.Name, Page: k.Page, Begun: k.Created, Used: used}
	if k.Bounds != nil && len(k.Bounds.Channels) > 0 {
		d.Channel = k.Bounds.Channels[0]
	}
	return d
}
