// What the pages say, by meaning. What stands in braces is filled in.
const texts = {
  en: {
    "page.index": "Store",
    "page.kiosk": "Order here",
    "page.menu": "Menu",
    "page.kitchen": "Kitchen",
    "page.till": "Till",
    language: "中文",
    live: "live",
    lost: "not connected",
    offline: "No connection to the till. What you see is from {0}. Trying again …",
    loading: "Loading …",
    again: "Try again",
    failed: "This could not be read. {0}",
    denied: "The key of this device may not do this.",
    back: "To the first page",
    key: "Key of this device",
    "sign.in": "Sign in",
    "sign.out": "Sign out",
    "key.why": "Type the key once. A kiosk stays signed in, other devices for 12 hours.",
    "key.bad": "This key is not known.",
    "key.rate": "Too many tries. Wait a moment.",
    open: "Open",
    "about.kiosk": "Customers order and pay.",
    "about.menu": "Customers see what there is.",
    "about.kitchen": "Orders that come in, and what was done.",
    "about.till": "Orders, what is sold out, counts, and the line.",
    "state.in_stock": "in stock",
    "state.low": "few left",
    "state.sold_out": "sold out",
    "state.off_sale": "off sale",
    "state.not_counted": "in stock",
    "state.oversold": "sold out",
    left: "{0} left",
    nothing: "Nothing is sold here yet.",
    add: "Add",
    "add.one": "Add {0}",
    more: "One more {0}",
    less: "One less {0}",
    order: "Your order",
    "order.new": "New order",
    "order.empty": "Nothing chosen yet.",
    total: "Total",
    pay: "Pay",
    paid: "Paid",
    clear: "Start over",
    sending: "One moment …",
    thanks: "Thank you",
    "your.number": "Your number",
    next: "Next order",
    "order.held": "We have your order.",
    short: "{0}: only {1} left.",
    "short.none": "{0} is sold out.",
    refused: "The order was not taken: {0}",
    in: "Coming in",
    "in.none": "No order waits.",
    finished: "Done",
    "finished.none": "Nothing was done yet.",
    done: "Done",
    "done.one": "Done {0}",
    recall: "Recall",
    "recall.one": "Recall {0}",
    recalled: "recalled",
    since: "since {0}",
    came: "Order {0} came in.",
    line: "Line",
    "line.up": "up",
    "line.down": "down",
    "line.stale": "stale: pair the till anew",
    waits: "Waits to be sent",
    "waits.none": "nothing",
    "waits.some": "{0} of {1} records",
    till: "Till",
    place: "Place",
    products: "Products",
    find: "Find a product",
    available: "{0} to sell here",
    off: "Sold out",
    "off.one": "{0} is sold out",
    on: "On sale",
    "on.one": "{0} is on sale",
    count: "Count",
    "count.one": "Count {0}",
    "count.seen": "How many {0} are on the shelf?",
    "count.bad": "Write a number, like 12.",
    book: "Book the count",
    cancel: "Cancel",
    counted: "Counted: {1} of {0}. The center compares it with its books.",
    "may.not": "Your role may not do this.",
    sent: "Order {0} is in the kitchen.",
  },
  zh: {
    "page.index": "门店",
    "page.kiosk": "自助点单",
    "page.menu": "菜单",
    "page.kitchen": "后厨",
    "page.till": "收银台",
    language: "English",
    live: "实时",
    lost: "未连接",
    offline: "与收银台的连接已断开，当前显示 {0} 的数据，正在重试……",
    loading: "加载中……",
    again: "重试",
    failed: "读取失败。{0}",
    denied: "此设备的密钥没有这项权限。",
    back: "返回首页",
    key: "设备密钥",
    "sign.in": "登录",
    "sign.out": "退出登录",
    "key.why": "密钥只需输入一次。自助点单机保持登录，其他设备登录 12 小时。",
    "key.bad": "密钥不存在。",
    "key.rate": "尝试次数过多，请稍候。",
    open: "打开",
    "about.kiosk": "顾客点单并付款。",
    "about.menu": "顾客查看在售商品。",
    "about.kitchen": "新订单与已完成的订单。",
    "about.till": "点单、售罄、盘点与线路状态。",
    "state.in_stock": "有货",
    "state.low": "库存紧张",
    "state.sold_out": "售罄",
    "state.off_sale": "停售",
    "state.not_counted": "有货",
    "state.oversold": "售罄",
    left: "剩 {0}",
    nothing: "这里还没有在售商品。",
    add: "添加",
    "add.one": "添加{0}",
    more: "{0}加一",
    less: "{0}减一",
    order: "您的订单",
    "order.new": "新订单",
    "order.empty": "还没有选择商品。",
    total: "合计",
    pay: "付款",
    paid: "已付款",
    clear: "重新开始",
    sending: "请稍候……",
    thanks: "谢谢",
    "your.number": "取餐号",
    next: "下一单",
    "order.held": "订单已收到。",
    short: "{0}：仅剩 {1}。",
    "short.none": "{0}已售罄。",
    refused: "订单未被接受：{0}",
    in: "待制作",
    "in.none": "没有等待的订单。",
    finished: "已完成",
    "finished.none": "还没有完成的订单。",
    done: "完成",
    "done.one": "完成 {0}",
    recall: "撤回",
    "recall.one": "撤回 {0}",
    recalled: "已撤回",
    since: "{0} 起",
    came: "新订单 {0}。",
    line: "线路",
    "line.up": "正常",
    "line.down": "断开",
    "line.stale": "文件已失效，请重新配对收银台",
    waits: "待上传",
    "waits.none": "无",
    "waits.some": "{1} 条记录中的 {0} 条",
    till: "收银台",
    place: "门店",
    products: "商品",
    find: "查找商品",
    available: "本机可售 {0}",
    off: "售罄",
    "off.one": "将{0}设为售罄",
    on: "恢复销售",
    "on.one": "恢复销售{0}",
    count: "盘点",
    "count.one": "盘点{0}",
    "count.seen": "货架上有多少{0}？",
    "count.bad": "请输入数字，例如 12。",
    book: "提交盘点",
    cancel: "取消",
    counted: "已盘点：{0} {1}，总部将与账面核对。",
    "may.not": "您的角色没有这项权限。",
    sent: "订单 {0} 已送到后厨。",
  },
};

const kept = "holdfast.store.language";

function chosen() {
  const said = read(kept);
  if (said === "en" || said === "zh") return said;
  return (navigator.language || "").toLowerCase().startsWith("zh") ? "zh" : "en";
}

// read and keep are the browser's storage, which may be switched off.
export function read(name) {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}

export function keep(name, value) {
  try {
    if (value === null) localStorage.removeItem(name);
    else localStorage.setItem(name, value);
  } catch {
    // Then it is gone with the page.
  }
}

export const language = chosen();

export function turnLanguage() {
  keep(kept, language === "en" ? "zh" : "en");
  location.reload();
}

// t is a text in the language of the page.
export function t(name, ...args) {
  return texts[language][name].replace(/\{(\d)\}/g, (_, n) => String(args[n]));
}

// clock is a time of day.
export function clock(time) {
  return new Date(time).toLocaleTimeString(language === "zh" ? "zh-CN" : "en-GB");
}
