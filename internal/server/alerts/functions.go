package alerts

import "holdfast.dev/holdfast/internal/server/kit"

// Functions are the functions behind the methods of the chapter.
func (s *Chapter) Functions() map[string]kit.Method {
	return map[string]kit.Method{
		"ListAlerts":          kit.Unary(kit.Knowing(s.core, s.listAlerts)),
		"GetAlert":            kit.Unary(kit.Knowing(s.core, ofAlert(s, s.getAlert))),
		"AcknowledgeAlert":    kit.Unary(alerting(s, ofAlert(s, kit.WriteOnce(s.core, nil, s.acknowledge)))),
		"MuteAlert":           kit.Unary(alerting(s, ofAlert(s, kit.WriteOnce(s.core, nil, s.mute)))),
		"UnmuteAlert":         kit.Unary(alerting(s, ofAlert(s, kit.WriteOnce(s.core, nil, s.unmute)))),
		"GetAlertOptions":     kit.Unary(s.options),
		"SetAlertRule":        kit.Unary(kit.Knowing(s.core, kit.WriteOnce(s.core, nil, s.setRule))),
		"GetAlertRule":        kit.Unary(kit.Knowing(s.core, s.getRule)),
		"ListAlertRules":      kit.Unary(kit.Knowing(s.core, s.listRules)),
		"DeleteAlertRule":     kit.Unary(kit.Knowing(s.core, kit.WriteOnce(s.core, nil, s.deleteRule))),
		"TryAlertRule":        kit.Unary(alerting(s, s.tryRule)),
		"SetAlertReceiver":    kit.Unary(kit.Knowing(s.core, s.setReceiver)),
		"GetAlertReceiver":    kit.Unary(kit.Knowing(s.core, s.getReceiver)),
		"ListAlertReceivers":  kit.Unary(kit.Knowing(s.core, s.listReceivers)),
		"DeleteAlertReceiver": kit.Unary(kit.Knowing(s.core, kit.WriteOnce(s.core, nil, s.deleteReceiver))),
		"TestAlertReceiver":   kit.Unary(alerting(s, kit.OnceDone(s.core, s.testReceiver))),
		"SetAlertSilence":     kit.Unary(kit.Knowing(s.core, kit.WriteOnce(s.core, nil, s.setSilence))),
		"GetAlertSilence":     kit.Unary(kit.Knowing(s.core, s.getSilence)),
		"ListAlertSilences":   kit.Unary(kit.Knowing(s.core, s.listSilences)),
		"DeleteAlertSilence":  kit.Unary(kit.Knowing(s.core, kit.WriteOnce(s.core, nil, s.deleteSilence))),
	}
}
