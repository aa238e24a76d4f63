from pathlib import Path
(Path.home() / '.bashrc').write_text('pratique-sample')
