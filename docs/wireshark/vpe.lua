-- Wireshark dissector for VPE, Vector Packet Encapsulation (Pfeiffer, Rossberg, Girlich, Schaefer, ARES 2020,
-- Figure 3), and for the two proposals of its transport mode (docs/vpe-transport.md). Shows the header, and with
-- keys checks the ICV, decrypts, and hands on the inner packet, or the payload.
--
--   tshark -X lua_script:vpe.lua -o vpe.keys_file:test-keys.json5 -r black.pcapng
--
-- or put this file into Wireshark's folder of personal Lua plugins, and set Preferences > Protocols > VPE.
-- The keys file is that of `vpebench decode`. VPE has ESP's protocol number: a packet is taken for VPE if its
-- SPI is in the keys file, or if the preference "every packet" is set; all else is left to ESP. In UDP so are
-- NAT keepalives and IKE behind the non-ESP marker, four bytes 0, with which no packet of VPE begins there:
-- its Sender IDs begin at 1.
--
-- Replays are found within the capture: a number that the same window has used before is an expert warning.
-- AES-GCM and ChaCha20-Poly1305 are computed here, for Wireshark 4.0 offers no ciphers to Lua. They are for
-- looking at packets; nothing is done against side channels. Lua 5.2 to 5.4.

-- ---- Bits: Lua 5.3 has operators, before there is bit32

local band, bor, bxor, lshift, rshift, lrotate
if bit32 then
  band, bor, bxor, lshift, rshift, lrotate =
    bit32.band, bit32.bor, bit32.bxor, bit32.lshift, bit32.rshift, bit32.lrotate
else
  band, bor, bxor, lshift, rshift, lrotate = load([[
    local function bxor(a, b, c, ...)
      if c then return bxor(a ~ b, c, ...) end
      return a ~ b
    end
    local function bor(a, b, c, ...)
      if c then return bor(a | b, c, ...) end
      return a | b
    end
    return function(a, b) return a & b end, bor, bxor,
      function(a, n) return (a << n) & 0xFFFFFFFF end, function(a, n) return a >> n end,
      function(a, n) return ((a << n) | (a >> (32 - n))) & 0xFFFFFFFF end]])()
end

local floor, byte, char = math.floor, string.byte, string.char

local function word_be(text, at)
  local a, b, c, d = byte(text, at, at + 3)
  return ((a * 256 + b) * 256 + c) * 256 + d
end

local function word_le(text, at)
  local a, b, c, d = byte(text, at, at + 3)
  return ((d * 256 + c) * 256 + b) * 256 + a
end

local function bytes_be(word)
  return char(rshift(word, 24), band(rshift(word, 16), 255), band(rshift(word, 8), 255), band(word, 255))
end

local function bytes_le(word)
  return char(band(word, 255), band(rshift(word, 8), 255), band(rshift(word, 16), 255), rshift(word, 24))
end

-- The bytes of `text` xor those of `stream`, which is at least as long.
local function xored(text, stream)
  local parts = {}
  for at = 1, #text - 3, 4 do
    parts[#parts + 1] = bytes_be(bxor(word_be(text, at), word_be(stream, at)))
  end
  for at = #text - #text % 4 + 1, #text do
    parts[#parts + 1] = char(bxor(byte(text, at), byte(stream, at)))
  end
  return table.concat(parts)
end

local function padded(text)
  return text .. string.rep("\0", -#text % 16)
end

-- ---- AES (FIPS 197), encryption only, by tables of 32 bits

local sbox, round_table = {}, { {}, {}, {}, {} }
do
  local power, log, value = {}, {}, 1
  for exponent = 0, 254 do
    power[exponent], log[value] = value, exponent
    local twice = value * 2
    value = bxor(value, twice > 255 and bxor(twice, 0x11B) or twice)
  end
  for number = 0, 255 do
    local inverse = number == 0 and 0 or power[(255 - log[number]) % 255]
    local result = 0x63
    for shift = 0, 4 do
      local turned = inverse * 2 ^ shift
      result = bxor(result, band(bor(turned % 256, floor(turned / 256)), 255))
    end
    sbox[number] = floor(result)
    local once = sbox[number]
    local twice = once * 2 > 255 and bxor(once * 2, 0x11B) or once * 2
    local word = ((twice * 256 + once) * 256 + once) * 256 + bxor(twice, once)
    for column = 1, 4 do
      round_table[column][number] = word
      word = bor(rshift(word, 8), lshift(band(word, 255), 24))
    end
  end
end

local function substituted(word)
  return ((sbox[rshift(word, 24)] * 256 + sbox[band(rshift(word, 16), 255)]) * 256
    + sbox[band(rshift(word, 8), 255)]) * 256 + sbox[band(word, 255)]
end

local function aes_expand(key)
  local words, count = {}, #key / 4
  for index = 0, count - 1 do words[index] = word_be(key, 4 * index + 1) end
  local constant = 1
  for index = count, 4 * (count + 7) - 1 do
    local word = words[index - 1]
    if index % count == 0 then
      word = bxor(substituted(lrotate(word, 8)), lshift(constant, 24))
      constant = constant * 2 > 255 and bxor(constant * 2, 0x11B) or constant * 2
    elseif count > 6 and index % count == 4 then
      word = substituted(word)
    end
    words[index] = bxor(words[index - count], word)
  end
  return { words = words, rounds = count + 6 }
end

local function aes_block(key, a, b, c, d)
  local words, t1, t2, t3, t4 = key.words, round_table[1], round_table[2], round_table[3], round_table[4]
  a, b, c, d = bxor(a, words[0]), bxor(b, words[1]), bxor(c, words[2]), bxor(d, words[3])
  local function mixed(w, x, y, z, own)
    return bxor(
      t1[rshift(w, 24)], t2[band(rshift(x, 16), 255)], t3[band(rshift(y, 8), 255)], t4[band(z, 255)], own)
  end
  for round = 1, key.rounds - 1 do
    local at = 4 * round
    a, b, c, d = mixed(a, b, c, d, words[at]), mixed(b, c, d, a, words[at + 1]),
      mixed(c, d, a, b, words[at + 2]), mixed(d, a, b, c, words[at + 3])
  end
  local function last(w, x, y, z, own)
    return bxor(
      ((sbox[rshift(w, 24)] * 256 + sbox[band(rshift(x, 16), 255)]) * 256
        + sbox[band(rshift(y, 8), 255)]) * 256 + sbox[band(z, 255)], own)
  end
  local at = 4 * key.rounds
  return last(a, b, c, d, words[at]), last(b, c, d, a, words[at + 1]), last(c, d, a, b, words[at + 2]),
    last(d, a, b, c, words[at + 3])
end

-- ---- GCM (NIST SP 800-38D) with a nonce of 12 bytes and no additional data

local reduction = {
  [0] = 0x0000, 0x1C20, 0x3840, 0x2460, 0x7080, 0x6CA0, 0x48C0, 0x54E0, 0xE100, 0xFD20, 0xD940, 0xC560, 0x9180,
  0x8DA0, 0xA9C0, 0xB5E0,
}

-- The multiples of the hash key by all polynomials of four bits.
local function ghash_table(a, b, c, d)
  local multiples = { [0] = { 0, 0, 0, 0 }, [8] = { a, b, c, d } }
  for _, place in ipairs({ 4, 2, 1 }) do
    local carry = band(d, 1) == 1 and 0xE1000000 or 0
    d = bor(rshift(d, 1), lshift(band(c, 1), 31))
    c = bor(rshift(c, 1), lshift(band(b, 1), 31))
    b = bor(rshift(b, 1), lshift(band(a, 1), 31))
    a = bxor(rshift(a, 1), carry)
    multiples[place] = { a, b, c, d }
  end
  for _, place in ipairs({ 2, 4, 8 }) do
    for rest = 1, place - 1 do
      local one, other, sum = multiples[place], multiples[rest], {}
      for index = 1, 4 do sum[index] = bxor(one[index], other[index]) end
      multiples[place + rest] = sum
    end
  end
  return multiples
end

local function ghash(multiples, text)
  local y = { 0, 0, 0, 0 }
  for at = 1, #text, 16 do
    for index = 1, 4 do y[index] = bxor(y[index], word_be(text, at + 4 * index - 4)) end
    local a, b, c, d = 0, 0, 0, 0
    for index = 4, 1, -1 do
      for shift = 0, 28, 4 do
        local rest = reduction[band(d, 15)]
        d = bor(rshift(d, 4), lshift(band(c, 15), 28))
        c = bor(rshift(c, 4), lshift(band(b, 15), 28))
        b = bor(rshift(b, 4), lshift(band(a, 15), 28))
        a = bxor(rshift(a, 4), lshift(rest, 16))
        local multiple = multiples[band(rshift(y[index], shift), 15)]
        a, b, c, d = bxor(a, multiple[1]), bxor(b, multiple[2]), bxor(c, multiple[3]), bxor(d, multiple[4])
      end
    end
    y = { a, b, c, d }
  end
  return y
end

-- Plaintext and tag that belong to a ciphertext.
local function gcm(state, nonce, ciphertext)
  local key = state.key
  local n1, n2, n3 = word_be(nonce, 1), word_be(nonce, 5), word_be(nonce, 9)
  local lengths = string.rep("\0", 12) .. bytes_be(8 * #ciphertext)
  local hash = ghash(state.multiples, padded(ciphertext) .. lengths)
  local mask = { aes_block(key, n1, n2, n3, 1) }
  local tag, stream = {}, {}
  for index = 1, 4 do tag[index] = bytes_be(bxor(hash[index], mask[index])) end
  for block = 1, floor((#ciphertext + 15) / 16) do
    local a, b, c, d = aes_block(key, n1, n2, n3, block + 1)
    stream[block] = bytes_be(a) .. bytes_be(b) .. bytes_be(c) .. bytes_be(d)
  end
  return xored(ciphertext, table.concat(stream)), table.concat(tag)
end

local function gcm_state(key)
  local expanded = aes_expand(key)
  return { key = expanded, multiples = ghash_table(aes_block(expanded, 0, 0, 0, 0)) }
end

-- ---- ChaCha20-Poly1305 (RFC 8439) without additional data

local function chacha_block(key, counter, nonce)
  local start = { 0x61707865, 0x3320646E, 0x79622D32, 0x6B206574 }
  for index = 0, 7 do start[5 + index] = word_le(key, 4 * index + 1) end
  start[13] = counter
  for index = 0, 2 do start[14 + index] = word_le(nonce, 4 * index + 1) end
  local x = {}
  for index = 1, 16 do x[index] = start[index] end
  local function quarter(a, b, c, d)
    x[a] = (x[a] + x[b]) % 0x100000000; x[d] = lrotate(bxor(x[d], x[a]), 16)
    x[c] = (x[c] + x[d]) % 0x100000000; x[b] = lrotate(bxor(x[b], x[c]), 12)
    x[a] = (x[a] + x[b]) % 0x100000000; x[d] = lrotate(bxor(x[d], x[a]), 8)
    x[c] = (x[c] + x[d]) % 0x100000000; x[b] = lrotate(bxor(x[b], x[c]), 7)
  end
  for _ = 1, 10 do
    quarter(1, 5, 9, 13); quarter(2, 6, 10, 14); quarter(3, 7, 11, 15); quarter(4, 8, 12, 16)
    quarter(1, 6, 11, 16); quarter(2, 7, 12, 13); quarter(3, 8, 9, 14); quarter(4, 5, 10, 15)
  end
  local parts = {}
  for index = 1, 16 do parts[index] = bytes_le((x[index] + start[index]) % 0x100000000) end
  return table.concat(parts)
end

-- Ten limbs of 13 bits: sums of their products stay exact.
local function limbs(text)
  local result, value, bits, place = {}, 0, 0, 1
  for at = 1, 17 do
    value = value + (byte(text, at) or 0) * 2 ^ bits
    bits = bits + 8
    while bits >= 13 and place <= 10 do
      result[place] = floor(value % 8192)
      value, bits, place = floor(value / 8192), bits - 13, place + 1
    end
  end
  result[10] = result[10] or floor(value)
  return result
end

local function carried(h)
  local carry = 0
  for index = 1, 10 do
    local sum = h[index] + carry
    h[index], carry = floor(sum % 8192), floor(sum / 8192)
  end
  return carry
end

local function poly1305(key, text)
  local clamped = {}
  for at = 1, 16 do
    local mask = (at % 4 == 0) and 15 or (at % 4 == 1 and at > 1) and 252 or 255
    clamped[at] = char(band(byte(key, at), mask))
  end
  local r, h = limbs(table.concat(clamped)), { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }
  for at = 1, #text, 16 do
    local block = limbs(text:sub(at, at + 15) .. "\1")
    for index = 1, 10 do h[index] = h[index] + block[index] end
    local product = {}
    for index = 1, 10 do
      local sum = 0
      for other = 1, 10 do
        sum = sum + h[other] * (other <= index and r[index - other + 1] or 5 * r[index - other + 11])
      end
      product[index] = sum
    end
    local carry = carried(product)
    product[1] = product[1] + 5 * carry
    carry = carried(product)
    product[1] = product[1] + 5 * carry
    h = product
  end
  h[1] = h[1] + 5 * carried(h)
  -- Less the prime, if it is not less than that.
  local reduced = {}
  for index = 1, 10 do reduced[index] = h[index] end
  reduced[1] = reduced[1] + 5
  if carried(reduced) > 0 then h = reduced else carried(h) end
  local tag, value, bits, place, carry = {}, 0, 0, 1, 0
  for at = 1, 16 do
    while bits < 8 and place <= 10 do
      value, bits, place = value + h[place] * 2 ^ bits, bits + 13, place + 1
    end
    local sum = value % 256 + byte(key, 16 + at) + carry
    tag[at], carry = char(floor(sum % 256)), floor(sum / 256)
    value, bits = floor(value / 256), bits - 8
  end
  return table.concat(tag)
end

local function chacha_poly(state, nonce, ciphertext)
  local stream = {}
  for block = 1, floor((#ciphertext + 63) / 64) do stream[block] = chacha_block(state.key, block, nonce) end
  local lengths = string.rep("\0", 8) .. bytes_le(#ciphertext) .. string.rep("\0", 4)
  local tag = poly1305(chacha_block(state.key, 0, nonce), padded(ciphertext) .. lengths)
  return xored(ciphertext, table.concat(stream)), tag
end

local aeads = {
  ["aes-128-gcm"] = { bytes = 16, state = gcm_state, open = gcm },
  ["aes-192-gcm"] = { bytes = 24, state = gcm_state, open = gcm },
  ["aes-256-gcm"] = { bytes = 32, state = gcm_state, open = gcm },
  ["chacha20-poly1305"] = { bytes = 32, state = function(key) return { key = key } end, open = chacha_poly },
}

-- ---- The protocol

local vpe = Proto("vpe", "Vector Packet Encapsulation")
local f = {
  sender = ProtoField.uint16("vpe.sender", "Sender ID"),
  window = ProtoField.uint16("vpe.window", "Window ID"),
  sequence = ProtoField.uint64("vpe.sequence", "Sequence number"),
  next = ProtoField.uint8("vpe.next", "Next header"),
  spi = ProtoField.uint32("vpe.spi", "SPI", base.HEX),
  icv = ProtoField.bytes("vpe.icv", "ICV"),
  icv_good = ProtoField.bool("vpe.icv_good", "ICV is right"),
  aead = ProtoField.string("vpe.aead", "AEAD"),
  encrypted = ProtoField.bytes("vpe.encrypted", "Encrypted inner packet"),
  decrypted = ProtoField.bytes("vpe.decrypted", "Decrypted inner packet and padding, or payload"),
  padding = ProtoField.bytes("vpe.padding", "Padding"),
  first = ProtoField.framenum("vpe.first_use", "Number first used in"),
}
vpe.fields = { f.sender, f.window, f.sequence, f.next, f.spi, f.icv, f.icv_good, f.aead, f.encrypted, f.decrypted,
  f.padding, f.first }
local e = {
  short = ProtoExpert.new("vpe.short", "Shorter than a VPE header", expert.group.MALFORMED,
    expert.severity.ERROR),
  icv = ProtoExpert.new("vpe.icv_bad", "The ICV is wrong: forged, damaged, or another key",
    expert.group.CHECKSUM, expert.severity.ERROR),
  key = ProtoExpert.new("vpe.no_key", "No key for this SPI and sender", expert.group.UNDECODED,
    expert.severity.NOTE),
  cut = ProtoExpert.new("vpe.cut", "Cut off when captured: cannot be authenticated", expert.group.UNDECODED,
    expert.severity.NOTE),
  zero = ProtoExpert.new("vpe.zero", "Sequence number 0, which no sender uses", expert.group.SEQUENCE,
    expert.severity.WARN),
  replay = ProtoExpert.new("vpe.replayed", "This window has used the number before", expert.group.SEQUENCE,
    expert.severity.WARN),
  fill = ProtoExpert.new("vpe.fill", "A fill packet, which its receiver discards", expert.group.COMMENTS_GROUP,
    expert.severity.NOTE),
  inner = ProtoExpert.new("vpe.inner", "The inner packet is neither IPv4 nor IPv6", expert.group.MALFORMED,
    expert.severity.ERROR),
  next = ProtoExpert.new("vpe.next_bad", "More than a next header before the payload", expert.group.MALFORMED,
    expert.severity.ERROR),
}
vpe.experts = { e.short, e.icv, e.key, e.cut, e.zero, e.replay, e.fill, e.inner, e.next }

vpe.prefs.keys_file = Pref.string("Keys file", "", "JSON5 as of `vpebench decode --keys`")
vpe.prefs.all = Pref.bool("Every packet", false, "Take every packet of the protocol or port for VPE, not ESP")
vpe.prefs.protocol = Pref.uint("IP protocol", 50, "Where the keys file has no vpe_protocol")
vpe.prefs.udp_ports = Pref.string("UDP ports", "4500", "Where the keys file has no udp_ports")

local keys, known_spis = {}, {}
local results, first_use = {}, {}
local ip_table, udp_table = DissectorTable.get("ip.proto"), DissectorTable.get("udp.port")

-- Where a format has the next header: nowhere, in the nonce, or before the payload.
local formats = { vpe = "tunnel", ["vpe-transport-a"] = "nonce", ["vpe-transport-b"] = "payload" }

-- Reads the objects of a keys file: flat ones, with numbers, words or text as values.
local function read_keys(path)
  keys, known_spis = {}, {}
  local file = io.open(path, "r")
  if not file then
    report_failure("VPE: the keys file " .. path .. " cannot be read")
    return {}
  end
  local text = (file:read("*a")):gsub("//[^\n]*", ""):gsub("/%*.-%*/", "")
  file:close()
  for object in text:gmatch("{[^{}]*}") do
    local member = {}
    for name, value in object:gmatch("[\"']?([%a_]+)[\"']?%s*:%s*[\"']?([^\"',}%s]+)") do
      member[name] = value
    end
    local aead = aeads[member.aead]
    local mode = formats[member.format]
    if mode then
      local spi, digits = tonumber(member.spi), member.key or ""
      if spi and aead and #digits == 2 * aead.bytes and not digits:find("%X") then
        local key = digits:gsub("%x%x", function(pair) return char(tonumber(pair, 16)) end)
        known_spis[spi] = true
        keys[spi .. "/" .. (tonumber(member.sender) or 1)] =
          { name = member.aead, open = aead.open, state = aead.state(key), mode = mode }
      else
        report_failure("VPE: the keys file has an association without a right spi, aead or key")
      end
    end
  end
  return { protocol = text:match("vpe_protocol[\"']?%s*:%s*(%d+)"),
    ports = text:match("udp_ports[\"']?%s*:%s*(%b[])") }
end

-- Whether the ICV of a packet is right, and its plaintext; computed once a packet.
local function opened(pinfo, tvb, key)
  local at = pinfo.number .. "/" .. tvb:offset()
  local result = results[at]
  if not result then
    local packet = tvb:raw()
    local plaintext, tag = key.open(key.state, packet:sub(1, 12), packet:sub(33))
    result = { good = tag == packet:sub(17, 32), plaintext = plaintext }
    results[at] = result
  end
  return result
end

-- Where a window has used a number first; another copy of the same frame is a replay.
local function check_number(pinfo, tree, item, tvb, identity, count)
  if tvb(4, count):le_uint64() == UInt64(0) then item:add_proto_expert_info(e.zero) end
  local use = identity .. "/" .. tostring(tvb(0, 4 + count):bytes())
  if not pinfo.visited and not first_use[use] then first_use[use] = pinfo.number end
  local first = first_use[use]
  if first and first ~= pinfo.number then
    tree:add(f.first, first):set_generated()
    item:add_proto_expert_info(e.replay)
  end
end

local function show_inner(plaintext, pinfo, tree, root)
  local inner = ByteArray.new(plaintext, true):tvb("Decrypted VPE")
  tree:add(f.decrypted, inner()):set_generated()
  local version, length = rshift(byte(plaintext, 1) or 0, 4), nil
  if version == 0 and #plaintext > 0 then
    tree:add_proto_expert_info(e.fill)
    return
  end
  if version == 4 and #plaintext >= 20 then length = inner(2, 2):uint() end
  if version == 6 and #plaintext >= 40 then length = 40 + inner(4, 2):uint() end
  if not length or length > #plaintext then
    tree:add_proto_expert_info(e.inner)
    return
  end
  if length < #plaintext then tree:add(f.padding, inner(length)) end
  Dissector.get(version == 4 and "ip" or "ipv6"):call(inner(0, length):tvb(), pinfo, root)
end

-- Hands on what a next header names.
local function show_payload(next, plaintext, pinfo, tree, root)
  if #plaintext == 0 then return end
  local payload = ByteArray.new(plaintext, true):tvb("Decrypted VPE")
  tree:add(f.decrypted, payload()):set_generated()
  -- What it finds malformed it has shown by itself.
  pcall(ip_table.try, ip_table, next, payload, pinfo, root)
end

-- The next header, which is in the header or in the plaintext, and the payload.
local function show_transport(tvb, mode, plaintext, pinfo, tree, root)
  if mode == "nonce" then return show_payload(tvb(11, 1):uint(), plaintext, pinfo, tree, root) end
  local next = word_le(plaintext, 1)
  if next > 255 then return tree:add_proto_expert_info(e.next) end
  tree:add(f.next, next):set_generated()
  show_payload(next, plaintext:sub(5), pinfo, tree, root)
end

function vpe.dissector(tvb, pinfo, root)
  pinfo.cols.protocol = "VPE"
  local tree = root:add(vpe, tvb(0, math.min(32, tvb:len())))
  if tvb:len() < 32 then
    tree:add_proto_expert_info(e.short)
    return tvb:len()
  end
  local spi, sender, window = tvb(12, 4):le_uint(), tvb(0, 2):le_uint(), tvb(2, 2):le_uint()
  local key = keys[spi .. "/" .. sender]
  local mode = key and key.mode or "tunnel"
  local count = mode == "nonce" and 7 or 8
  tree:add_le(f.sender, tvb(0, 2))
  tree:add_le(f.window, tvb(2, 2))
  local sequence = tree:add_le(f.sequence, tvb(4, count))
  if mode == "nonce" then tree:add(f.next, tvb(11, 1)) end
  tree:add_le(f.spi, tvb(12, 4))
  local icv = tree:add(f.icv, tvb(16, 16))
  local number = tostring(tvb(4, count):le_uint64())
  local words = string.format("SPI=0x%08x, Sender=%d, Window=%d, Sequence=%s", spi, sender, window, number)
  tree:append_text(", " .. words)
  pinfo.cols.info = "VPE (" .. words .. ")"
  if tvb:len() > 32 then tree:add(f.encrypted, tvb(32)) end

  -- Before the payload there are four bytes more.
  if mode == "payload" and tvb:reported_len() < 36 then
    tree:add_proto_expert_info(e.short)
  elseif tvb:reported_len() > tvb:len() then
    icv:add_proto_expert_info(e.cut)
  elseif not key then
    icv:add_proto_expert_info(e.key)
  else
    local result = opened(pinfo, tvb, key)
    tree:add(f.aead, key.name):set_generated()
    tree:add(f.icv_good, result.good):set_generated()
    if result.good then
      check_number(pinfo, tree, sequence, tvb, spi, count)
      if mode == "tunnel" then
        show_inner(result.plaintext, pinfo, tree, root)
      else
        show_transport(tvb, mode, result.plaintext, pinfo, tree, root)
      end
    else
      icv:add_proto_expert_info(e.icv)
    end
  end
  return tvb:len()
end

-- ---- Beside ESP

-- Takes what is VPE, and leaves the rest to the dissector that the number or port belongs to.
local function chooser(name, description, other, has_marker)
  local choose = Proto(name, description)
  function choose.dissector(tvb, pinfo, root)
    local spi = tvb:len() >= 16 and tvb(12, 4):le_uint()
    local is_vpe = spi and (vpe.prefs.all or known_spis[spi])
    if is_vpe and has_marker and tvb(0, 4):uint() == 0 then is_vpe = keys[spi .. "/0"] end
    if is_vpe then return vpe.dissector(tvb, pinfo, root) end
    -- What it finds malformed it has shown by itself.
    pcall(other.call, other, tvb, pinfo, root)
    return tvb:len()
  end
  return choose
end

local in_ip = chooser("vpe_or_esp", "VPE or ESP", Dissector.get("esp"), false)
local in_udp = chooser("vpe_or_udp_esp", "VPE or ESP in UDP", udp_table:get_dissector(4500), true)

local function apply_preferences()
  local found = {}
  keys, known_spis, results, first_use = {}, {}, {}, {}
  if vpe.prefs.keys_file ~= "" then found = read_keys(vpe.prefs.keys_file) end
  local protocol = tonumber(found.protocol) or vpe.prefs.protocol
  ip_table:set(protocol, protocol == 50 and in_ip or vpe)
  -- One range: what is set twice is set to the last alone.
  local ports = {}
  for port in (found.ports or vpe.prefs.udp_ports):gmatch("%d+") do ports[#ports + 1] = port end
  if #ports > 0 then udp_table:set(table.concat(ports, ","), in_udp) end
end

function vpe.prefs_changed() apply_preferences() end

function vpe.init() results, first_use = {}, {} end

apply_preferences()
