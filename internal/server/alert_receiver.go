package server

import (
	"context"
	"errors"
	"maps"
	"slices"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/alert/notice"
	"holdfast.dev/holdfast/internal/catalog"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"
)

func (s *alertChapter) setReceiver(ctx context.Context, c *call, r *holdfastv1.SetAlertReceiverRequest) (*holdfastv1.AlertReceiver, error) {
	var f requestForm
	f.id("receiver_id", r.GetReceiverId(), catalog.MaxAlertID)
	secret := map[string]bool{}
	if kinds := notice.Kinds(); !slices.Contains(kinds, r.GetKind()) {
		f.refuse("kind", mustBe(r.GetKind(), kinds))
	}
	for _, k := range notice.Settings(r.GetKind()) {
		secret[k.Name] = k.Secret
	}
	for _, name := range slices.Sorted(maps.Keys(r.GetSettings())) {
		if _, known := secret[name]; !known && len(secret) > 0 {
			f.refuse("settings", mustBe(name, slices.Sorted(maps.Keys(secret))))
		}
	}
	if err := f.err(); err != nil {
		return nil, err
	}
	masked := proto.CloneOf(r)
	for name, value := range masked.GetSettings() {
		if secret[name] {
			masked.Settings[name] = s.sealer.print(value)
		}
	}
	return writeOnce(s.core, nil, func(ctx context.Context, c *call, _ *holdfastv1.SetAlertReceiverRequest) (*holdfastv1.AlertReceiver, error) {
		kept, err := s.kept.AlertReceivers.Set(ctx, c.tenant, r.GetReceiverId(), func(is *catalog.AlertReceiver) (catalog.AlertReceiver, error) {
			return s.receiver(c.tenant, r, secret, is)
		})
		if err != nil {
			return nil, factError("", err)
		}
		return renderReceiver(kept), nil
	})(ctx, c, masked)
}

// receiver is a receiver after a call that sets it. Secrets that are left out stay.
func (s *alertChapter) receiver(tenant string, r *holdfastv1.SetAlertReceiverRequest, secret map[string]bool, is *catalog.AlertReceiver) (catalog.AlertReceiver, error) {
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
		switch was, had := had[name]; {
		case value == "":
			delete(next.Secrets, name)
			delete(plain, name)
			continue
		case !secret[name]:
			next.Settings[name] = value
		case !had || was != value:
			var err error
			if next.Secrets[name], err = s.sealer.seal(tenant, settingOf(next.ID, name), value); err != nil {
				return next, err
			}
		}
		plain[name] = value
	}
	if _, err := notice.New(next.Kind, plain); err != nil {
		return next, invalid("settings", "%s", err.Error())
	}
	return next, nil
}

// settingOf names a secret setting of a receiver among all secrets. No sink has such a name.
func settingOf(receiver, name string) string { return "alert receiver/" + receiver + "/" + name }

// ReceiverSettings are all settings of a receiver, in clear.
func (s *Sealer) ReceiverSettings(r *catalog.AlertReceiver) (map[string]string, error) {
	all := maps.Clone(r.Settings)
	if all == nil {
		all = map[string]string{}
	}
	for name, sealed := range r.Secrets {
		secret, err := s.open(r.Tenant, settingOf(r.ID, name), sealed)
		if err != nil {
			return nil, err
		}
		all[name] = secret
	}
	return all, nil
}

func (s *alertChapter) getReceiver(ctx context.Context, c *call, r *holdfastv1.GetAlertReceiverRequest) (*holdfastv1.AlertReceiver, error) {
	if err := checkID("receiver_id", r.GetReceiverId(), catalog.MaxAlertID); err != nil {
		return nil, err
	}
	kept, err := s.kept.AlertReceivers.Get(ctx, c.tenant, r.GetReceiverId())
	if err != nil {
		return nil, factError("", err)
	}
	return renderReceiver(kept), nil
}

func (s *alertChapter) listReceivers(ctx context.Context, c *call, r *holdfastv1.ListAlertReceiversRequest) (*holdfastv1.ListAlertReceiversResponse, error) {
	size, after, err := pageForm("alert_receivers", r.PageSize, r.GetPageToken())
	if err != nil {
		return nil, err
	}
	all, err := s.kept.AlertReceivers.List(ctx, c.tenant, after, size+1) // one more shows whether there is a next page
	if err != nil {
		return nil, err
	}
	page, next := cutPage(all, "alert_receivers", after, size, func(r catalog.AlertReceiver) string { return r.ID })
	return &holdfastv1.ListAlertReceiversResponse{NextPageToken: next, Items: each(page, renderReceiver)}, nil
}

func (s *alertChapter) deleteReceiver(ctx context.Context, c *call, r *holdfastv1.DeleteAlertReceiverRequest) (*holdfastv1.DeleteAlertReceiverResponse, error) {
	if err := checkID("receiver_id", r.GetReceiverId(), catalog.MaxAlertID); err != nil {
		return nil, err
	}
	err := s.kept.AlertReceivers.Drop(ctx, c.tenant, r.GetReceiverId())
	if used, is := errors.AsType[*catalog.UsedError](err); is {
		return nil, refuse(codeState, "%s", used.Error())
	}
	if err != nil {
		return nil, factError("", err)
	}
	return &holdfastv1.DeleteAlertReceiverResponse{}, nil
}

func (s *alertChapter) testReceiver(ctx context.Context, c *call, r *holdfastv1.TestAlertReceiverRequest) (*holdfastv1.AlertReceiverTest, error) {
	if err := checkID("receiver_id", r.GetReceiverId(), catalog.MaxAlertID); err != nil {
		return nil, err
	}
	out := &holdfastv1.AlertReceiverTest{NoticeId: newTest()}
	took, err := s.desk.Test(ctx, c.tenant, r.GetReceiverId(), out.NoticeId)
	switch {
	case errors.Is(err, catalog.ErrUnknown):
		return nil, factError("", err)
	case err != nil:
		out.Error = err.Error()
	}
	out.Delivered, out.TookMs = err == nil, took.Milliseconds()
	return out, nil
}

func renderReceiver(r catalog.AlertReceiver) *holdfastv1.AlertReceiver {
	return &holdfastv1.AlertReceiver{
		ReceiverId: r.ID, Kind: r.Kind, Settings: r.Settings, Secrets: slices.Sorted(maps.Keys(r.Secrets)), UpdatedAt: timestamppb.New(r.Changed.Time),
	}
}
