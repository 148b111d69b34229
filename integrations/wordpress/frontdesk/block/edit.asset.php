<?php
/**
 * What edit.js needs; WordPress reads this beside it.
 *
 * @package Frontdesk
 */

return array(
	'dependencies' => array( 'wp-block-editor', 'wp-blocks', 'wp-components', 'wp-element', 'wp-i18n' ),
	'version'      => '0.1.0',
);
