package notice

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/url"
	"strconv"
	"time"
)

// dingTalk is a custom robot of a group of DingTalk:
// https://open.dingtalk.com/document/orgapp/custom-robot-access
type dingTalk struct {
	*poster
	to     *url.URL
	secret string // "" when the robot does not check signatures
	words  words
	now    func() time.Time
}

// Bounds that keep a body under the 20,000 bytes that a robot takes, with room for JSON that
// escapes.
const (
	mostDingTalk      = 9000
	mostDingTalkTitle = 200
)

// dingTalkForever are the codes for a robot or settings that are wrong: no such token
// (300001, 300005, 400101), the robot is off (400102) or gone (400013, 400106), and keywords,
// signature or address that do not fit (310000). A robot that has too much to do (130101,
// 410100) or a busy system (-1) is asked again, as is what is not known.
var dingTalkForever = map[int]bool{300001: true, 300005: true, 310000: true, 400013: true, 400101: true, 400102: true, 400105: true, 400106: true}

func openDingTalk(s settings, w ways) (Sender, error) {
	const token = "access_token"
	u, words, err := s.robot(token, "https://oapi.dingtalk.com/robot/send?access_token=…")
	if err != nil {
		return nil, err
	}
	secret := s[settingSecret]
	return &dingTalk{newPoster(w, s[settingURL], u.Query().Get(token), secret), u, secret, words, w.now}, nil
}

type dingTalkMessage struct {
	Type     string           `json:"msgtype"`
	Markdown dingTalkMarkdown `json:"markdown"`
}

type dingTalkMarkdown struct {
	Title string `json:"title"` // shown in the list of conversations
	Text  string `json:"text"`
}

// Send posts the notice.
func (d *dingTalk) Send(ctx context.Context, n Notice) error {
	m := d.words.message(n)
	to := d.to.String()
	if d.secret != "" {
		at := strconv.FormatInt(d.now().UnixMilli(), 10)
		to = withQuery(d.to, map[string]string{"timestamp": at, "sign": signDingTalk(at, d.secret)})
	}
	return d.robot(ctx, to, dingTalkMessage{"markdown", dingTalkMarkdown{cut(m.head, mostDingTalkTitle), m.markdown("\n\n", mostDingTalk)}}, dingTalkForever)
}

// signDingTalk signs a time in milliseconds.
func signDingTalk(at, secret string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(at + "\n" + secret))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}
