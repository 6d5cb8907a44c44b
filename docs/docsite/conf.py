# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings of Sphinx for `make docsite`: what antsibull-docs writes and the pages of docs/ as one site."""

project = "linuxvirtualserver.lvs"
project_copyright = "linuxvirtualserver.lvs contributors"
extensions = ["myst_parser", "sphinx_antsibull_ext"]
pygments_style = "ansible"
highlight_language = "YAML+Jinja"
html_theme = "sphinx_ansible_theme"
html_title = html_short_title = project
html_show_sphinx = False
html_copy_source = False
myst_heading_anchors = 4
# What is linked to must be there, but for what only Ansible's own site has: it is built without a network.
nitpicky = True
nitpick_ignore_regex = [(".*", r"ansible_collections\.ansible\.builtin\..*"), ("envvar", "ANSIBLE_.*")]
