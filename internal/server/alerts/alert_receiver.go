package alerts

import (
	"context"
	"errors"
	"maps"
	"slices"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/alert/notice"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/server/kit"
	"holdfast.dev/holdfast/internal/server/outside"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"
)

func (s *Chapter) setReceiver(ctx context.Context, c *kit.Call, r *holdfastv1.SetAlertReceiverRequest) (*holdfastv1.AlertReceiver, error) {
	var f kit.Form
	f.ID("receiver_id", r.GetReceiverId(), catalog.MaxAlertID)
	secret := map[string]bool{}
	if kinds := notice.Kinds(); !slices.Contains(kinds, r.GetKind()) {
		f.Refuse("kind", kit.MustBe(r.GetKind(), kinds))
	}
	for _, k := range notice.Settings(r.GetKind()) {
		secret[k.Name] = k.Secret
	}
	for _, name := range slices.Sorted(maps.Keys(r.GetSettings())) {
		if _, known := secret[name]; !known && len(secret) > 0 {
			f.Refuse("settings", kit.MustBe(name, slices.Sorted(maps.Keys(secret))))
		}
	}
	if err := f.Err(); err != nil {
		return nil, err
	}
	masked := proto.CloneOf(r)
	for name, value := range masked.GetSettings() {
		if secret[name] {
			masked.Settings[name] = s.sealer.Print(value)
		}
	}
	return kit.WriteOnce(s.core, nil, func(ctx context.Context, c *kit.Call, _ *holdfastv1.SetAlertReceiverRequest) (*holdfastv1.AlertReceiver, error) {
		kept, err := s.kept.AlertReceivers.Set(ctx, c.Tenant, r.GetReceiverId(), func(is *catalog.AlertReceiver) (catalog.AlertReceiver, error) {
			return s.receiver(c.Tenant, r, secret, is)
		})
		if err != nil {
			return nil, kit.FactError("", err)
		}
		return renderReceiver(kept), nil
	})(ctx, c, masked)
}

// receiver is a receiver after a call that sets it. Secrets that are left out stay.
func (s *Chapter) receiver(tenant string, r *holdfastv1.SetAlertReceiverRequest, secret map[string]bool, is *catalog.AlertReceiver) (catalog.AlertReceiver, error) {
	next := catalog.AlertReceiver{Tenant: tenant, ID: r.GetReceiverId(), Kind: r.GetKind(), Settings: map[string]string{}, Secrets: map[string][]byte{}}
	var had map[string]string
	if is != nil && is.Kind == next.Kind {
		if had, _ = s.sealer.ReceiverSettings(is); had == nil {
			had = map[string]string{} // unreadable secrets stay as they are
		}
		maps.Copy(next.Secrets, is.Secrets)
	}
	plain := map[string]string{}
	for name := range next.Secrets {
		plain[name] = had[name]
	}
	for name, value := range r.GetSettings() {
		if name == notice.URL {
			if value = keptAddress(is, value); outside.IsHidden(value) {
				return next, kit.Invalid("settings", "setting %q has its secrets left out, and no such receiver is there: write the whole address", name)
			}
		}
		switch was, had := had[name]; {
		case value == "":
			delete(next.Secrets, name)
			delete(plain, name)
			continue
		case !secret[name]:
			next.Settings[name] = value
		case !had || was != value:
			var err error
			if next.Secrets[name], err = s.sealer.Seal(tenant, outside.SettingOf(next.ID, name), value); err != nil {
				return next, err
			}
		}
		plain[name] = value
	}
	if _, err := notice.New(next.Kind, plain); err != nil {
		return next, kit.Invalid("settings", "%s", err.Error())
	}
	return next, nil
}

func (s *Chapter) getReceiver(ctx context.Context, c *kit.Call, r *holdfastv1.GetAlertReceiverRequest) (*holdfastv1.AlertReceiver, error) {
	if err := kit.CheckID("receiver_id", r.GetReceiverId(), catalog.MaxAlertID); err != nil {
		return nil, err
	}
	kept, err := s.kept.AlertReceivers.Get(ctx, c.Tenant, r.GetReceiverId())
	if err != nil {
		return nil, kit.FactError("", err)
	}
	return renderReceiver(kept), nil
}

func (s *Chapter) listReceivers(ctx context.Context, c *kit.Call, r *holdfastv1.ListAlertReceiversRequest) (*holdfastv1.ListAlertReceiversResponse, error) {
	size, after, err := kit.PageForm("alert_receivers", r.PageSize, r.GetPageToken())
	if err != nil {
		return nil, err
	}
	all, err := s.kept.AlertReceivers.List(ctx, c.Tenant, after, size+1) // one more shows whether there is a next page
	if err != nil {
		return nil, err
	}
	page, next := kit.CutPage(all, "alert_receivers", after, size, func(r catalog.AlertReceiver) string { return r.ID })
	return &holdfastv1.ListAlertReceiversResponse{NextPageToken: next, Items: kit.Each(page, renderReceiver)}, nil
}

func (s *Chapter) deleteReceiver(ctx context.Context, c *kit.Call, r *holdfastv1.DeleteAlertReceiverRequest) (*holdfastv1.DeleteAlertReceiverResponse, error) {
	if err := kit.CheckID("receiver_id", r.GetReceiverId(), catalog.MaxAlertID); err != nil {
		return nil, err
	}
	err := s.kept.AlertReceivers.Drop(ctx, c.Tenant, r.GetReceiverId())
	if used, is := errors.AsType[*catalog.UsedError](err); is {
		return nil, kit.Refuse(kit.CodeState, "%s", used.Error())
	}
	if err != nil {
		return nil, kit.FactError("", err)
	}
	return &holdfastv1.DeleteAlertReceiverResponse{}, nil
}

func (s *Chapter) testReceiver(ctx context.Context, c *kit.Call, r *holdfastv1.TestAlertReceiverRequest) (*holdfastv1.AlertReceiverTest, error) {
	if err := kit.CheckID("receiver_id", r.GetReceiverId(), catalog.MaxAlertID); err != nil {
		return nil, err
	}
	out := &holdfastv1.AlertReceiverTest{NoticeId: kit.NewTest()}
	took, err := s.desk.Test(ctx, c.Tenant, r.GetReceiverId(), out.NoticeId)
	switch {
	case errors.Is(err, catalog.ErrUnknown):
		return nil, kit.FactError("", err)
	case err != nil:
		out.Error = err.Error()
		s.core.Log.WarnContext(ctx, "a test of a receiver failed", "tenant", c.Tenant, "receiver", r.GetReceiverId(), "err", notice.Detail(err))
	}
	out.Delivered, out.TookMs = err == nil, took.Milliseconds()
	return out, nil
}

// keptAddress is the address of a receiver that is set: a caller who has read it sends it without the secrets of
// its query, which then stay.
func keptAddress(is *catalog.AlertReceiver, told string) string {
	if is == nil || !outside.IsHidden(told) || outside.ShowTarget(outside.KindWebhook, is.Settings[notice.URL]) != told {
		return told
	}
	return is.Settings[notice.URL]
}

func renderReceiver(r catalog.AlertReceiver) *holdfastv1.AlertReceiver {
	settings := maps.Clone(r.Settings)
	if at, known := settings[notice.URL]; known {
		settings[notice.URL] = outside.ShowTarget(outside.KindWebhook, at)
	}
	return &holdfastv1.AlertReceiver{
		ReceiverId: r.ID, Kind: r.Kind, Settings: settings, Secrets: slices.Sorted(maps.Keys(r.Secrets)), UpdatedAt: timestamppb.New(r.Changed.Time),
	}
}
