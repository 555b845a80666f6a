package signin

import (
	_ "embed"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"holdfast.dev/holdfast/internal/server/docs"
	"holdfast.dev/holdfast/internal/server/kit"
	"holdfast.dev/holdfast/internal/signon"
)

//go:embed fault.html
var faultForm docs.HTML

// signInFault is why a person was not signed in, in words for that person. The provider's
// words are only in the log.
type signInFault struct {
	err    error
	code   *kit.Code
	en, zh string
}

// faults are all failures of a sign-in; the last one covers everything else.
var faults = []signInFault{
	{
		signon.ErrAway, kit.CodeUnavailable, "The identity provider does not answer now. Try again in a moment, or sign in with a key.",
		"身份提供方暂时没有响应。请稍后重试，或改用密钥登录。",
	},
	{
		signon.ErrSetup, kit.CodeUnavailable, "The identity provider and this server do not fit together. Tell an administrator; the server's log says what is wrong.",
		"身份提供方与本服务器的设置不一致。请联系管理员，原因见服务器日志。",
	},
	{
		signon.ErrRefused, kit.CodeDenied, "You did not sign in at the identity provider, or it did not agree.",
		"您没有在身份提供方完成登录，或对方未同意。",
	},
	{
		signon.ErrStale, kit.CodeInvalid, "This sign-in took longer than ten minutes, was used already, or began in another browser. Begin again.",
		"本次登录超过十分钟、已经用过，或是在另一个浏览器里开始的。请重新登录。",
	},
	{
		signon.ErrCode, kit.CodeInvalid, "The answer of the identity provider is too old, or was used already. Begin again.",
		"身份提供方的应答已过期或已用过。请重新登录。",
	},
	{
		signon.ErrClock, kit.CodeUnavailable, "The clocks of the identity provider and of this server differ by more than a minute. Tell an administrator.",
		"身份提供方与本服务器的时钟相差超过一分钟。请联系管理员。",
	},
	{
		signon.ErrToken, kit.CodeUnavailable, "The answer of the identity provider is not valid. Begin again; if it stays so, tell an administrator.",
		"身份提供方的应答无效。请重新登录；若仍如此，请联系管理员。",
	},
	{
		signon.ErrNobody, kit.CodeDenied, "Your account has no access: none of your groups has a role here, or your e-mail address may not sign in. Ask an administrator.",
		"您的账号没有权限：所在用户组在这里没有角色，或邮箱不在允许范围内。请联系管理员。",
	},
	{
		errTooMany, kit.CodeRate, "Too many tries to sign in from this address. Wait a moment.",
		"该地址登录过于频繁，请稍候再试。",
	},
	{
		nil, kit.CodeUnavailable, "You could not be signed in now. Try again in a moment.",
		"现在无法登录，请稍后重试。",
	},
}

func faultOf(err error) *signInFault {
	for i := range faults {
		if f := &faults[i]; f.err == nil || errors.Is(err, f.err) {
			return f
		}
	}
	panic("the last fault is everything else")
}

// faultWords are the words around a fault.
type faultWords struct{ language, title, again, other, key, number string }

var (
	faultEnglish = faultWords{"en", "You are not signed in", "Sign in again", "Use another account", "Sign in with a key", "Request"}
	faultChinese = faultWords{"zh-CN", "未登录", "重新登录", "换一个账号", "用密钥登录", "请求号"}
)

// Fault describes to a person why there is no session, and what to do. It sets the headers of the page.
func (g *Chapter) Fault(w http.ResponseWriter, r *http.Request, b *Browser, c *kit.Call, err error, back string) (code *kit.Code, page []byte) {
	fault := faultOf(err)
	back = returnAddress(b.Prefix, back)
	words, text := faultEnglish, fault.en
	if strings.HasPrefix(r.Header.Get("Accept-Language"), "zh") {
		words, text = faultChinese, fault.zh
	}
	again, at := words.again, b.Prefix+oidcPath+"?return="+url.QueryEscape(back)
	if errors.Is(fault.err, signon.ErrNobody) {
		// For the same account the provider would give the same answer.
		if leave := g.people.SignOut(r.Context(), g.consoleAddress(b)); leave != "" {
			again, at = words.other, leave
		}
	}
	shown := docs.Markup(faultForm, words.language, words.title, words.title, text, at, again, back, words.key, words.number, c.RequestID)
	w.Header()["Content-Type"] = []string{"text/html; charset=utf-8"}
	w.Header()["Vary"] = append(w.Header()["Vary"], "Accept-Language")
	if fault.code == kit.CodeRate {
		w.Header()["Retry-After"] = []string{kit.Itoa(kit.Wait)}
	}
	return fault.code, []byte(shown)
}
