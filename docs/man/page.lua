-- A man page of a page of docs/: what man(7) wants otherwise than Markdown. A filter for pandoc.
--
-- Metadata that it reads (-M KEY=VALUE):
--   name, section, summary   what the page is called, and the line under NAME
--   command         of bulkhead.1.md, take what is about this command
--   also            sections that are taken beside it, separated by "|"
--   pages           "FILE.md=NAME(SECTION);…": links to these files name the man page
--
-- From the page's beginning, its first block of code becomes SYNOPSIS and the rest DESCRIPTION,
-- unless it has sections of these names. Links within the documentation lead nowhere in a man page:
-- they become their text. Literal words are bold, as man-pages(7) says.

local meta, pages = {}, {}

local function text_of(value) return value and pandoc.utils.stringify(value) or nil end

local function heading(level, text) return pandoc.Header(level, { pandoc.Str(text) }) end

local function title_of(block) return pandoc.utils.stringify(block) end

local function read_meta(given)
  for _, key in ipairs({ "name", "section", "summary", "command", "also", "pages" }) do
    meta[key] = text_of(given[key])
  end
  for file, page in (meta.pages or ""):gmatch("([^=;]+)=([^;]+)") do pages[file] = page end
end

local function page_reference(page)
  local name, section = page:match("^(.-)(%(%d%))$")
  return { pandoc.Strong({ pandoc.Str(name) }), pandoc.Str(section) }
end

local function Link(link)
  local file = link.target:match("^([%w%.%-]+%.md)")
  if not file then
    if not link.target:match("^https?://") then return link.content end
    if title_of(link) == link.target then return link.content end
    local result = pandoc.List(link.content)
    result:extend({ pandoc.Space(), pandoc.Str("⟨" .. link.target .. "⟩") })
    return result
  end
  local page = pages[file]
  if not page or page == meta.name .. "(" .. (meta.section or "") .. ")" then return link.content end
  if title_of(link) == page or title_of(link) == file then return page_reference(page) end
  local result = pandoc.List(link.content)
  result:extend({ pandoc.Space(), pandoc.Str("(") })
  result:extend(page_reference(page))
  result:insert(pandoc.Str(")"))
  return result
end

local function Code(code) return pandoc.Strong({ pandoc.Str(code.text) }) end

-- The blocks under a heading, up to the next one that is not below it; nil if there is no such heading.
local function section(blocks, level, title)
  local found
  for _, block in ipairs(blocks) do
    if block.t == "Header" and block.level <= level then
      if found then return found end
      if block.level == level and title_of(block) == title then found = pandoc.List() end
    elseif found then
      found:insert(block)
    end
  end
  return found
end

-- The lines of the synopsis that are about a command.
local function synopsis_of(blocks, command)
  local lines = {}
  for _, block in ipairs(section(blocks, 2, "Synopsis") or {}) do
    if block.t == "CodeBlock" then
      for line in block.text:gmatch("[^\n]+") do
        local commands = line:match("^bulkhead%s+([%a|]+)") or ""
        if ("|" .. commands .. "|"):find("|" .. command .. "|", 1, true) then table.insert(lines, line) end
      end
    end
  end
  if #lines == 0 then error("no synopsis of " .. command) end
  return pandoc.CodeBlock(table.concat(lines, "\n"))
end

-- Calls of the command, as groff_man(7) has them: their lines break at the terminal's width.
local function calls(block)
  if meta.section ~= "1" then return block end
  local lines = {}
  for line in block.text:gmatch("[^\n]+") do
    local command, rest = line:match("^(bulkhead %S+)%s*(.*)$")
    if not command then return block end
    local function escaped(text) return (text:gsub("\\", "\\e"):gsub("-", "\\-"):gsub("…", "...")) end
    table.insert(lines, '.SY "' .. escaped(command) .. '"\n' .. escaped(rest):gsub("^([.'])", "\\&%1") .. "\n.YS")
  end
  return pandoc.RawBlock("man", table.concat(lines, "\n"))
end

local function page_of_command(blocks)
  local result = pandoc.List({ heading(2, "Synopsis"), synopsis_of(blocks, meta.command), heading(2, "Description") })
  result:extend(section(blocks, 3, "bulkhead " .. meta.command) or error("no section about " .. meta.command))
  for title in (meta.also or ""):gmatch("[^|]+") do
    result:insert(heading(2, title:match("^Options of") and "Options" or title))
    result:extend(section(blocks, 2, title) or error("no section " .. title))
  end
  result:extend({ heading(2, "See also"), pandoc.Para(page_reference("bulkhead(1)")) })
  return result
end

-- What stands before the first section becomes two of them.
local function with_description(blocks)
  local synopsis, preface, rest = nil, pandoc.List(), pandoc.List()
  for _, block in ipairs(blocks) do
    if #rest > 0 or block.t == "Header" then
      rest:insert(block)
    elseif not synopsis and block.t == "CodeBlock" then
      synopsis = block
    else
      preface:insert(block)
    end
  end
  local result = pandoc.List()
  if synopsis then result:extend({ heading(2, "Synopsis"), synopsis }) end
  if #preface > 0 then result:insert(heading(2, "Description")) end
  result:extend(preface)
  result:extend(rest)
  return result
end

-- A paragraph that is nothing but links to the page's own sections.
local function is_contents(block)
  if block.t ~= "Para" then return false end
  for _, each in ipairs(block.content) do
    local is_link = each.t == "Link" and each.target:match("^#")
    if not is_link and each.t ~= "Space" and each.t ~= "SoftBreak" and title_of(each) ~= "·" then return false end
  end
  return true
end

function Pandoc(document)
  read_meta(document.meta)
  local blocks = pandoc.List()
  for _, block in ipairs(document.blocks) do
    local is_title = block.t == "Header" and block.level == 1
    if not is_title and not is_contents(block) then blocks:insert(block) end
  end
  local body
  if meta.command then
    body = page_of_command(blocks)
  elseif blocks[1].t == "Header" then
    body = blocks
    if title_of(body[1]) == "Name" then body:remove(1); body:remove(1) end
  else
    body = with_description(blocks)
  end
  body:insert(1, heading(2, "Name"))
  body:insert(2, pandoc.RawBlock("man", meta.name:gsub("-", "\\-") .. " \\- " .. meta.summary))
  if title_of(body[3]):lower() == "synopsis" and body[4].t == "CodeBlock" then body[4] = calls(body[4]) end
  local upper = pandoc.text and pandoc.text.upper or require("text").upper
  local shaped = pandoc.walk_block(pandoc.Div(body), {
    Link = Link,
    Code = Code,
    Header = function(header)
      header.level = math.max(1, header.level - 1)
      if header.level == 1 then header.content = { pandoc.Str(upper(title_of(header))) } end
      return header
    end,
  })
  document.blocks = shaped.content
  return document
end
