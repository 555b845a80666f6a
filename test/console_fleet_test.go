package test

import "testing"

func TestAnAdministratorSeesWhatItRunsOnInTheConsole(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	c := shopFor(t, s)
	b := openTab(t, s.url(""), 1280)
	b.signIn("/running?tab=fleet", adminKey)
	b.see("answers this page", "● serving", "main", "sqlite, set 0", "1,024", "No bucket is on its way to another slot.")
	b.until("the strip says what it shows", `document.querySelector('svg.buckets')?.getAttribute('aria-label') === '1,024 of 1,024 buckets are here, 0 are arriving, 0 are leaving.'`)
	b.accessible("nodes and slots")
	b.click("Replicas")
	b.see("No replica is read")
	b.accessible("no replicas")
	b.click("Tenants")
	b.see("default")
	b.accessible("tenants")
	b.click("Doctor")
	b.see("free", "this server says: ready")
	b.until("each finding has its verdict", `document.querySelectorAll('.findings li').length >= 9`)
	b.accessible("checks")
	b.click("Run the checks")
	b.until("they are made again", `!document.querySelector('.ant-btn-loading')`)

	// On a phone, in Chinese.
	b.resize(360)
	b.click("中文")
	b.see("服务器检查自身和账本")
	b.until("nothing is cut off", `document.documentElement.scrollWidth <= innerWidth`)
	b.open("/running?tab=fleet")
	b.see("● 在服务", "sqlite，第 0 组", "没有桶正在迁移。")
	b.accessible("nodes and slots on a phone")
	b.until("nothing is cut off", `document.documentElement.scrollWidth <= innerWidth`)
	b.clean()

	// People who may not see it are not led there.
	clerk := openTab(t, s.url(""), 1280)
	clerk.signIn("/running", c.person(t, s, "tom", "clerk", "admin"))
	clerk.see("The books answer.")
	clerk.gone("Nodes & slots")
	clerk.clean()
}
